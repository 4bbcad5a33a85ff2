import {
  type CommandStreams,
  type ContainerCommand,
  type ContainerEvent,
  type ContainerLog,
  type EngineAnswer,
  type EngineRequest,
  netlink,
  sha256,
} from '@pipewright/plugin';
import type { MemoryKernel } from '../kernel/memory-kernel.js';
import type { Namespace } from '../kernel/state.js';
import {
  configOf,
  type Container,
  type ContainerProgram,
  type ContainerPicture,
  creation,
  inspectionOf,
  isRunning,
  type MemoryImage,
  NEVER,
  pictureOf,
  rowOf,
} from './container.js';
import { logLines, resultOf, runProgramIn } from './execution.js';
import { filterOf } from './filters.js';
import { EngineRefusal, refusals, within } from './refusals.js';

/** By name and tag. */
type Images = Readonly<Record<string, MemoryImage>>;

/** What an engine holds, as plain data: `structuredClone` copies it whole. */
interface EngineState {
  /** By id, in the order of their making. */
  readonly containers: Map<string, Container>;
  /** Counts what happens: ids are made of it, and moments. */
  events: number;
  lastPid: number;
}

/** A request whose path has been understood. */
interface Call {
  /** The container or image that the path names. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

type Handler = (engine: MemoryEngine, call: Call) => EngineAnswer;

const done = (status = 204, body: unknown = ''): EngineAnswer => ({ status, body });
/** HTTP's "not modified": it is so already. */
const UNCHANGED = done(304);

const containerCall = (verb: string): RegExp => new RegExp(`^/containers/([^/]+)${verb}$`);
const ROUTES: readonly (readonly [method: EngineRequest['method'], path: RegExp, handler: Handler])[] = [
  ['GET', /^\/containers\/json$/, (engine, { query }) => done(200, engine.list(query))],
  ['GET', containerCall('/json'), (engine, { name }) => done(200, engine.inspect(name))],
  ['GET', /^\/images\/(.+)\/json$/, (engine, { name }) => done(200, engine.inspectImage(name))],
  ['POST', /^\/containers\/create$/, (engine, { query, body }) => done(201, engine.create(query.get('name'), body))],
  ['POST', containerCall('/start'), (engine, { name }) => (engine.start(name) ? done() : UNCHANGED)],
  ['POST', containerCall('/stop'), (engine, { name }) => (engine.stop(name) ? done() : UNCHANGED)],
  ['POST', containerCall('/restart'), act((engine, { name }) => engine.restart(name))],
  ['POST', containerCall('/kill'), act((engine, { name, query }) => engine.kill(name, query.get('signal')))],
  ['POST', containerCall('/pause'), act((engine, { name }) => engine.pause(name))],
  ['POST', containerCall('/unpause'), act((engine, { name }) => engine.unpause(name))],
  ['POST', containerCall('/rename'), act((engine, { name, query }) => engine.rename(name, query.get('name') ?? ''))],
  ['DELETE', containerCall(''), act((engine, { name, query }) => engine.remove(name, isTrue(query.get('force'))))],
];

function act(work: (engine: MemoryEngine, call: Call) => void): Handler {
  return (engine, call) => {
    work(engine, call);
    return done();
  };
}

/** As dockerd takes a flag. */
const isTrue = (value: string | null): boolean =>
  !['', '0', 'no', 'false', 'none'].includes((value ?? '').toLowerCase());

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const KILLING: readonly string[] = ['', '9', 'KILL', 'SIGKILL'];
const OTHER = 'container:';

/** One container engine: what of dockerd's containers a network has to do with. A container that runs is a process. */
export class MemoryEngine {
  readonly #kernel: MemoryKernel;
  readonly #images: Images;
  readonly #state: EngineState;
  readonly #listeners = new Set<(event: ContainerEvent) => void>();

  constructor(kernel: MemoryKernel, images: Images, state?: EngineState) {
    this.#kernel = kernel;
    this.#images = images;
    this.#state = state ?? { containers: new Map(), events: 0, lastPid: 1000 };
  }

  copy(kernel: MemoryKernel): MemoryEngine {
    return new MemoryEngine(kernel, this.#images, structuredClone(this.#state));
  }

  picture(): Readonly<Record<string, ContainerPicture>> {
    const named = [...this.#state.containers.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return Object.fromEntries(named.map((it) => [it.name, pictureOf(it)]));
  }

  processes(): readonly (readonly [pid: number, title: string])[] {
    const running = [...this.#state.containers.values()].filter(isRunning);
    return running.map(({ pid, name }) => [pid, `container ${name}`]);
  }

  answer({ method, path, body }: EngineRequest): EngineAnswer {
    const { pathname, searchParams: query } = new URL(path, 'http://engine');
    for (const [verb, pattern, handler] of ROUTES) {
      const match = verb === method ? pattern.exec(pathname) : null;
      if (match) return answered(() => handler(this, { name: decodeURIComponent(match[1] ?? ''), query, body }));
    }
    return refusals.noPage().answer;
  }

  /** Throws what it refuses. */
  async exec(command: ContainerCommand, streams: CommandStreams): Promise<number> {
    const { status, config } = this.#running(command.container);
    if (status === 'paused') throw refusals.execPaused(command.container);
    return runProgramIn(config.Env ?? [], this.#programOf(config.Image, command.argv), command, streams);
  }

  /** What its command says it has said as soon as it is started. */
  async logs(
    { container, tail, follow }: Omit<ContainerLog, 'engine'>,
    write: CommandStreams['write'],
  ): Promise<boolean> {
    const it = this.#search(container);
    if (!it) return false;
    const said = it.startedAt === NEVER ? [] : logLines(it.config, this.#programOf(it.config.Image, it.config.Cmd));
    for (const [stream, line] of tail === undefined ? said : said.slice(Math.max(0, said.length - tail)))
      if (!(await write(stream, line))) return true;
    if (follow && isRunning(it))
      for await (const { action, id } of this.follow(follow)) if (action === 'die' && id === it.id) break;
    return true;
  }

  #programOf(image: string, argv: readonly string[] | null | undefined): ContainerProgram | undefined {
    return this.#images[tagged(image)]?.programs?.[argv?.[0] ?? ''];
  }

  async *follow(signal: AbortSignal): AsyncGenerator<ContainerEvent> {
    const events: ContainerEvent[] = [];
    let wake: () => void = () => undefined;
    const listener = (event: ContainerEvent): void => {
      events.push(event);
      wake();
    };
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => wake());
    while (!signal.aborted) {
      yield* events.splice(0);
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (events.length > 0 || signal.aborted) resolve();
      });
    }
    this.#listeners.delete(listener);
  }

  #tell(action: string, { id, name }: Container): void {
    for (const listener of this.#listeners) listener({ action, id, name });
  }

  /** The latest first, as dockerd has them. */
  list(query: URLSearchParams): readonly unknown[] {
    const [all, fits] = [isTrue(query.get('all')), filterOf(query.get('filters') ?? '{}')];
    const listed = [...this.#state.containers.values()].filter((it) => (all || isRunning(it)) && fits(it));
    return listed.reverse().map((it) => rowOf(it, imageId(tagged(it.config.Image))));
  }

  inspect(name: string): unknown {
    const it = this.#find(name);
    return inspectionOf(it, imageId(tagged(it.config.Image)));
  }

  inspectImage(name: string): unknown {
    const tag = tagged(name);
    const image = this.#images[tag];
    if (!image) throw refusals.noImageToInspect(name, tag);
    const { Hostname: _, ...config } = configOf({ Image: '' }, image, '');
    return { Id: imageId(tag), RepoTags: [tag], Config: config };
  }

  create(name: string | null, body: unknown): unknown {
    const parsed = creation.safeParse(body);
    if (!parsed.success) throw isEmpty(body) ? refusals.noConfig() : refusals.badBody(parsed.error.message);
    const { HostConfig: hostConfig, NetworkingConfig: _, ...given } = parsed.data;
    const tag = tagged(given.Image);
    const image = this.#images[tag];
    if (!image) throw refusals.noImage(tag);
    const moment = this.#nextMoment();
    const id = hash(`container ${String(this.#state.events)}`);
    const container: Container = {
      id,
      name: this.#free(name ?? `unnamed_${id.slice(0, 12)}`),
      config: configOf(given, image, id),
      hostConfig: { ...hostConfig, NetworkMode: this.#networkMode(hostConfig.NetworkMode) },
      created: moment,
      status: 'created',
      pid: 0,
      exitCode: 0,
      startedAt: NEVER,
      finishedAt: NEVER,
    };
    this.#state.containers.set(id, container);
    return { Id: id, Warnings: [] };
  }

  /** False: it ran already. */
  start(name: string): boolean {
    const it = this.#find(name);
    if (it.status === 'paused') throw refusals.paused();
    if (it.status === 'running') return false;
    this.#run(it);
    return true;
  }

  /** False: it did not run. */
  stop(name: string): boolean {
    const it = this.#find(name);
    if (!isRunning(it)) return false;
    this.#end(it, 137);
    return true;
  }

  restart(name: string): void {
    const it = this.#find(name);
    if (isRunning(it)) this.#end(it, 137);
    this.#run(it);
  }

  kill(name: string, signal: string | null): void {
    within(`Cannot kill container: ${name}`, () => {
      const it = this.#running(name);
      // What a program makes of another signal is its own affair.
      if (KILLING.includes((signal ?? '').toUpperCase())) this.#end(it, 137);
    });
  }

  pause(name: string): void {
    const it = this.#running(name);
    if (it.status === 'paused') throw refusals.alreadyPaused(it.id);
    it.status = 'paused';
    this.#tell('pause', it);
  }

  unpause(name: string): void {
    const it = this.#find(name);
    if (it.status !== 'paused') throw refusals.notPaused(it.id);
    it.status = 'running';
    this.#tell('unpause', it);
  }

  rename(name: string, to: string): void {
    if (to === '') throw refusals.noNewName();
    const it = this.#find(name);
    if (withoutSlash(to) === it.name) throw refusals.sameName();
    it.name = within('Error when allocating new name', () => this.#free(to, '/'));
    this.#tell('rename', it);
  }

  remove(name: string, force: boolean): void {
    const it = this.#find(name);
    if (isRunning(it) && !force) throw it.status === 'paused' ? refusals.runningPaused(it.id) : refusals.running(it.id);
    if (isRunning(it)) this.#end(it, 137);
    this.#state.containers.delete(it.id);
    this.#tell('destroy', it);
  }

  /** By id, else by name, else by what only one id begins with. */
  #find(name: string): Container {
    return this.#search(name) ?? refuse(refusals.noContainer(name));
  }

  #search(name: string): Container | undefined {
    const { containers } = this.#state;
    const exact = containers.get(name) ?? this.#named(withoutSlash(name));
    if (exact) return exact;
    const [only, ...more] = [...containers.values()].filter(({ id }) => id.startsWith(name));
    if (more.length > 0) throw refusals.ambiguous(name);
    return only;
  }

  #named(name: string): Container | undefined {
    return [...this.#state.containers.values()].find((it) => it.name === name);
  }

  #running(name: string): Container {
    const it = this.#find(name);
    if (!isRunning(it)) throw refusals.notRunning(it.id);
    return it;
  }

  /** A name that may be given; `frame` is what dockerd puts before one that it complains of. */
  #free(wanted: string, frame = ''): string {
    const name = withoutSlash(wanted);
    if (!NAME.test(name)) throw refusals.badName(`${frame}${name}`);
    const taken = this.#named(name);
    if (taken) throw refusals.nameTaken(name, taken.id);
    return name;
  }

  #networkMode(mode: string): string {
    if (!mode.startsWith(OTHER)) return mode;
    const name = mode.slice(OTHER.length);
    return `${OTHER}${this.#named(name)?.id ?? name}`;
  }

  #run(it: Container): void {
    const namespace = this.#namespaceFor(it);
    const { processes } = this.#kernel.state;
    it.pid = this.#state.lastPid = Math.max(this.#state.lastPid, ...processes.keys()) + 1;
    this.#kernel.start(it.pid, namespace);
    it.status = 'running';
    it.startedAt = this.#nextMoment();
    this.#tell('start', it);
    const exits =
      this.#images[tagged(it.config.Image)]?.exits ??
      resultOf(it.config, this.#programOf(it.config.Image, it.config.Cmd))?.code;
    if (exits !== undefined) this.#end(it, exits);
  }

  #end(it: Container, exitCode: number): void {
    this.#kernel.stop(it.pid);
    Object.assign(it, { status: 'exited', pid: 0, exitCode, finishedAt: this.#nextMoment() });
    this.#tell('die', it);
  }

  #namespaceFor({ hostConfig: { NetworkMode: mode } }: Container): Namespace {
    const { host, processes } = this.#kernel.state;
    if (mode === 'host') return host;
    if (!mode.startsWith(OTHER)) return this.#newNamespace();
    const other = this.#find(mode.slice(OTHER.length));
    const its = processes.get(other.pid);
    if (!its) throw refusals.networkNotRunning(other.id);
    return its;
  }

  #newNamespace(): Namespace {
    const made = this.#kernel.newNamespace();
    const up = netlink({ host: 'local' }, 'link', 'set', { name: 'lo', up: true });
    this.#kernel.netlink(
      up,
      () => made,
      () => undefined,
    );
    return made;
  }

  /** No two things happen at once. */
  #nextMoment(): string {
    this.#state.events += 1;
    return new Date(this.#state.events * 1000).toISOString();
  }
}

function answered(work: () => EngineAnswer): EngineAnswer {
  try {
    return work();
  } catch (error) {
    if (error instanceof EngineRefusal) return error.answer;
    throw error;
  }
}

function refuse(refusal: EngineRefusal): never {
  throw refusal;
}

const withoutSlash = (name: string): string => name.replace(/^\//, '');

/** `nginx` → `nginx:latest`; a port of a registry is no tag. */
const tagged = (name: string): string => (/:[^/]+$/.test(name) ? name : `${name}:latest`);

const isEmpty = (body: unknown): boolean => typeof body !== 'object' || body === null || Object.keys(body).length === 0;

const hash = (text: string): string => Buffer.from(sha256(text)).toString('hex');

const imageId = (tag: string): string => `sha256:${hash(tag)}`;
