import { didYouMean, fromFolder, pluginSpecs, sourceOf, type TopologyInput } from '@pipewright/core';
import { fail, topologyName } from '@pipewright/plugin';
import type { GlobalValues, TopologyValues } from './spec/shared-options.js';
import { composeEngine, type Engine } from './engine.js';
import { errors } from './errors.js';
import type { Progress } from './output/progress.js';
import { isLikeFile } from './read/like-file.js';
import { findTopology, fromArgv, loadPlugins, readTopology } from './read/index.js';
import { isRecord } from './is-record.js';

/** What a command works on: a topology and the engine with its plugins. */
export interface Opened {
  readonly input: TopologyInput;
  readonly engine: Engine;
}

/** Finds what the command line speaks of. */
export class Session {
  readonly #options: GlobalValues & Partial<TopologyValues>;
  readonly #engines: Engine[] = [];

  constructor(
    options: GlobalValues & Partial<TopologyValues>,
    readonly progress: Progress,
  ) {
    this.#options = options;
  }

  /** The topology from the command line, else from the file given, else by the name given, else from the file found. */
  async open(): Promise<Opened> {
    return this.#opened(await this.#input());
  }

  /** As `open`, but what was applied last of a topology that is up: its text may be wrong since then, or lack a variable. */
  async openApplied(): Promise<Opened> {
    const read = await this.#input();
    const name = topologyName.safeParse(read.source.valueAt(['name']));
    const input = (name.success ? await this.#remembered(name.data) : undefined) ?? read;
    return this.#opened(input);
  }

  /** As `open`, where a topology is not needed: without one there are the plugins of the command line. */
  async openAny(): Promise<Engine> {
    const input = await this.#found();
    return this.#engine(input);
  }

  /** A topology by its name alone, with what the last `up` left of it. */
  async openNamed(name: string): Promise<{ readonly input: TopologyInput | undefined; readonly engine: Engine }> {
    const input = await this.#remembered(name);
    return { input, engine: await this.#engine(input) };
  }

  /** For a topology by its name, with the plugins it was changed with last. Looks for no file, and reads none. */
  async engineFor(name: string): Promise<Engine> {
    const engine = composeEngine([], this.progress);
    const { source } = (await engine.ledger.read(name)) ?? {};
    const plain = this.#options.plugin.length === 0 && !(isRecord(source) && source['plugins']);
    return plain ? engine : (await this.openNamed(name)).engine;
  }

  /** The name, where the command line gives a name and no text: the word after the command, or that of --name. */
  nameAlone(word: string | undefined): string | undefined {
    const { file, name } = this.#options;
    if (word !== undefined && isLikeFile(word)) fail(errors.fileForName(word));
    const other = [
      this.#declaring(),
      ...(['file', 'name'] as const).filter((it) => this.#options[it] !== undefined),
    ].find((it) => it !== undefined);
    if (word !== undefined && other !== undefined)
      fail(errors.notTogether(word, `--${other}`, 'each says which topology is meant'));
    return word ?? (file === undefined && this.#declaring() === undefined ? name : undefined);
  }

  /** Leaves the hosts that were looked at. */
  async close(): Promise<void> {
    await Promise.all(this.#engines.map(({ executor }) => executor.close()));
  }

  async #input(): Promise<TopologyInput> {
    const { file, name, network = [], node = [], link = [] } = this.#options;
    const declaring = this.#declaring();
    if (file !== undefined && declaring !== undefined)
      fail(errors.notTogether('--file', `--${declaring}`, 'each is a topology of its own'));
    if (declaring !== undefined) return fromArgv({ network, node, link, name: name ?? 'adhoc' });
    if (file === undefined && name !== undefined) return (await this.#remembered(name)) ?? this.unknown(name);
    return readTopology({ file, name });
  }

  /** The option by which the command line itself declares a topology. */
  #declaring(): string | undefined {
    return (['network', 'node', 'link'] as const).find((it) => (this.#options[it] ?? []).length > 0);
  }

  async #found(): Promise<TopologyInput | undefined> {
    const file = this.#options.file ?? (await findTopology(process.cwd()));
    return file === undefined ? undefined : readTopology({ file, name: this.#options.name });
  }

  async #remembered(name: string): Promise<TopologyInput | undefined> {
    if (!topologyName.safeParse(name).success) fail(errors.badTopologyName(name));
    const { ledger } = composeEngine([], this.progress);
    const entry = await ledger.read(name);
    if (!entry) return undefined;
    return { source: sourceOf(entry.source, `the last up of ${name}`), base: entry.base };
  }

  /** Throws: nothing of that name is up. */
  async unknown(name: string): Promise<never> {
    const known = await composeEngine([], this.progress).ledger.topologies();
    return fail(errors.unknownTopology(name, known, didYouMean(name, known)));
  }

  async #opened(input: TopologyInput): Promise<Opened> {
    const engine = await this.#engine(input);
    return { input: { ...input, source: fromFolder(input.source, input.base, engine.registries) }, engine };
  }

  async #engine(input: TopologyInput | undefined): Promise<Engine> {
    const asked = input ? await loadPlugins(pluginSpecs(input.source), input.base, input.source) : [];
    const added = await loadPlugins(
      this.#options.plugin.map((use) => ({ use, options: {}, path: [] })),
      process.cwd(),
    );
    const engine = composeEngine([...asked, ...added], this.progress);
    this.#engines.push(engine);
    return engine;
  }
}

/** What the text asks for; undefined where it is not even valid. */
export async function ifValid<T>(
  input: TopologyInput | undefined,
  read: (input: TopologyInput) => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return input && (await read(input));
  } catch {
    return undefined;
  }
}
