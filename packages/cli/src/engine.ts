import { checkPlugins, compose, type LoadedPlugin, type ReadyPlugin, Registries, Topologies } from '@pipewright/core';
import {
  ExecaCommands,
  FileAllotments,
  FileJournal,
  FileLedger,
  FileLock,
  HostsExecutor,
  HttpEngines,
  NodeFileSystem,
  SystemClock,
} from '@pipewright/host';
import { resourceTypes } from '@pipewright/kernel';
import {
  ALLOTMENTS,
  CLOCK,
  COMMANDS,
  type Commands,
  ENGINES,
  type Engines,
  EXECUTOR,
  type Executor,
  FILE_SYSTEM,
  JOURNAL,
  LEDGER,
  type Ledger,
  LOCK,
  PLUGIN_API,
  REPORTER,
  type Reporter,
  type Service,
  service,
} from '@pipewright/plugin';
import { builtins } from '@pipewright/plugins';

/** The parts of one run that commands call. */
export interface Engine {
  readonly topologies: Topologies;
  readonly registries: Registries;
  readonly commands: Commands;
  readonly executor: Executor;
  readonly engines: Engines;
  readonly ledger: Ledger;
  readonly plugins: readonly ReadyPlugin[];
}

/** The composition root: one flat container of the ports, what is built in and the plugins asked for. */
export function composeEngine(asked: readonly LoadedPlugin[], reporter: Reporter): Engine {
  const plugins = checkPlugins([...builtIns(), ...asked]);
  const container = compose(ports(), plugins);
  // A value, as it is of this run; a plugin's own reporter comes before it.
  if (!container.isRegistered(REPORTER)) container.register<Reporter>(REPORTER, { useValue: reporter });
  return {
    topologies: container.resolve(Topologies),
    registries: container.resolve(Registries),
    commands: container.resolve(COMMANDS),
    executor: container.resolve(EXECUTOR),
    engines: container.resolve(ENGINES),
    ledger: container.resolve(LEDGER),
    plugins,
  };
}

const ports = (): readonly Service[] => [
  service(COMMANDS, ExecaCommands),
  service(ENGINES, HttpEngines),
  service(CLOCK, SystemClock),
  service(FILE_SYSTEM, NodeFileSystem),
  service(JOURNAL, FileJournal),
  service(LEDGER, FileLedger),
  service(ALLOTMENTS, FileAllotments),
  service(LOCK, FileLock),
  service(EXECUTOR, HostsExecutor),
];

function builtIns(): readonly LoadedPlugin[] {
  const kernel = { name: 'kernel', api: PLUGIN_API, resources: resourceTypes };
  return [kernel, ...builtins].map((plugin) => ({ plugin, options: {}, from: 'built in' }));
}
