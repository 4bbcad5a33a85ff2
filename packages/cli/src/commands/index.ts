import type { CommandSpec } from '../spec/command.js';
import attach from './attach.js';
import detach from './detach.js';
import doctor from './doctor.js';
import down from './down.js';
import exec from './exec.js';
import graph from './graph.js';
import ping from './ping.js';
import plan from './plan.js';
import recover from './recover.js';
import schema from './schema.js';
import status from './status.js';
import up from './up.js';
import validate from './validate.js';

/** All commands, in the order of help. */
export const commands: readonly CommandSpec[] = [
  up,
  plan,
  down,
  attach,
  detach,
  recover,
  validate,
  status,
  exec,
  ping,
  graph,
  schema,
  doctor,
];
