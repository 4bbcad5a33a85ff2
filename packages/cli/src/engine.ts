import type { LoadedPlugin, ReadyPlugin, Registries, Topologies } from '@pipewright/core';
import type { Commands, Ledger, Reporter, Service } from '@pipewright/plugin';

/** The parts of one run that commands call. */
export interface Engine {
  readonly topologies: Topologies;
  readonly registries: Registries;
  readonly commands: Commands;
  readonly ledger: Ledger;
  readonly plugins: readonly ReadyPlugin[];
}

/** The composition root: one flat container of the ports, what is built in and the plugins asked for. */
export async function composeEngine(asked: readonly LoadedPlugin[], reporter: Reporter): Promise<Engine> {
  const { checkPlugins, compose, Registries, Topologies } = await import('@pipewright/core');
  const { COMMANDS, LEDGER, REPORTER } = await import('@pipewright/plugin');
  const plugins = checkPlugins([...(await builtIns()), ...asked]);
  const container = compose(await ports(), plugins);
  // A value, as it is of this run; a plugin's own reporter comes before it.
  if (!container.isRegistered(REPORTER)) container.register<Reporter>(REPORTER, { useValue: reporter });
  return {
    topologies: container.resolve(Topologies),
    registries: container.resolve(Registries),
    commands: container.resolve(COMMANDS),
    ledger: container.resolve(LEDGER),
    plugins,
  };
}

async function ports(): Promise<readonly Service[]> {
  const { CLOCK, COMMANDS, EXECUTOR, FILE_SYSTEM, LEDGER, LOCK, service } = await import('@pipewright/plugin');
  const { ExecaCommands, FileLedger, FileLock, NodeFileSystem, ShellExecutor, SystemClock } = await import(
    '@pipewright/host'
  );
  return [
    service(COMMANDS, ExecaCommands),
    service(CLOCK, SystemClock),
    service(FILE_SYSTEM, NodeFileSystem),
    service(LEDGER, FileLedger),
    service(LOCK, FileLock),
    service(EXECUTOR, ShellExecutor),
  ];
}

async function builtIns(): Promise<readonly LoadedPlugin[]> {
  const { PLUGIN_API } = await import('@pipewright/plugin');
  const { resourceTypes } = await import('@pipewright/kernel');
  const { builtins } = await import('@pipewright/plugins');
  const kernel = { name: 'kernel', api: PLUGIN_API, resources: resourceTypes };
  return [kernel, ...builtins].map((plugin) => ({ plugin, options: {}, from: 'built in' }));
}
