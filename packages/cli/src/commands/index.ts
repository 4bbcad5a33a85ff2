import type { CommandSpec } from '../spec/command.js';
import attach from './attach.js';
import completion from './completion.js';
import detach from './detach.js';
import doctor from './doctor.js';
import down from './down.js';
import exec from './exec.js';
import graph from './graph.js';
import init from './init.js';
import link from './link.js';
import list from './list.js';
import logs from './logs.js';
import ping from './ping.js';
import pipework from './pipework.js';
import plan from './plan.js';
import plugins from './plugins.js';
import recover from './recover.js';
import schema from './schema.js';
import status from './status.js';
import unlink from './unlink.js';
import up from './up.js';
import validate from './validate.js';
import watch from './watch.js';
import whose from './whose.js';

/** All commands, in the order of help. */
export const commands: readonly CommandSpec[] = [
  init,
  up,
  plan,
  down,
  attach,
  detach,
  link,
  unlink,
  pipework,
  recover,
  watch,
  validate,
  list,
  status,
  exec,
  logs,
  ping,
  whose,
  graph,
  schema,
  plugins,
  doctor,
  completion(() => commands),
];
