import {
  hostErrors,
  type Kinds,
  placesOpened,
  readShipped,
  type Retraced,
  retraceMoves,
  untraced,
} from '@pipewright/host';
import {
  type Batch,
  type EngineOp,
  engineSays,
  type ExecOp,
  type Executor,
  fail,
  type HostFacts,
  isFine,
  textAt,
  type Op,
  type OpFailure,
  type Placement,
  placeKey,
  type ProcessOp,
  type RunOptions,
  type Survey,
  type SurveyRequest,
} from '@pipewright/plugin';
import { MemoryEngines } from './engines.js';
import { bridgeProgram } from './kernel/fdb.js';
import { type Errno, KernelError, refuse } from './kernel/errors.js';
import type { MemoryKernel } from './kernel/memory-kernel.js';
import { nft } from './kernel/nft.js';
import { type Hosting, locate, type Located, type Way } from './locate.js';
import { type Programs, runProgram } from './programs.js';
import { surveyMemory } from './survey.js';

export interface MemoryExecutorOptions {
  readonly programs?: Programs;
  /** On the same kernel; without them there are none. */
  readonly engines?: MemoryEngines;
  readonly facts?: Partial<Omit<HostFacts, 'devices'>>;
  /** Stands between the executor and the kernel: an op is done when `perform` is called, and fails by what is thrown. */
  readonly wire?: (op: Op, perform: () => void) => void;
}

const FACTS: Omit<HostFacts, 'devices'> = {
  machineId: '0123456789abcdef',
  kernel: '6.12.0',
  tools: { ip: '6.1.0', nft: '', udhcpc: '', dnsmasq: '' },
};

/** Runs ops on a kernel in memory, and surveys it by the readers of the real one. */
export class MemoryExecutor implements Executor {
  readonly #host: Hosting;
  readonly #kinds: Kinds;
  readonly #options: MemoryExecutorOptions;
  /** Ways to the places seen so far. */
  readonly #ways = new Map<string, Way>();

  constructor(kernel: MemoryKernel, kinds: Kinds, options: MemoryExecutorOptions = {}) {
    const { engines = new MemoryEngines(kernel), programs = {} } = options;
    this.#host = { kernel, engines, programs };
    this.#kinds = kinds;
    this.#options = options;
  }

  async survey(request: SurveyRequest): Promise<Survey> {
    const around = { ...this.#host, kinds: this.#kinds, request };
    const { survey, located } = surveyMemory(around, { ...FACTS, ...this.#options.facts });
    for (const it of located) this.#learn(it);
    return request.shipped ? { ...survey, shipped: await readShipped(request.shipped, around.engines) } : survey;
  }

  async run(asked: readonly Batch[], { undo }: RunOptions): Promise<readonly OpFailure[]> {
    const { batches, failures: lost } = undo ? await this.#retraced(asked) : untraced(asked);
    // As the real ones: a place that nobody knows stops it before anything runs.
    const ops = batches.flatMap((it) => it.ops);
    const opening = placesOpened(ops);
    for (const op of ops) if (op.op !== 'namespace' && !opening.has(placeKey(op.on))) this.#way(op.on);
    return [...lost, ...batches.flatMap(({ ops }) => this.#runBatch(ops, undo))];
  }

  #retraced(batches: readonly Batch[]): Promise<Retraced> {
    return retraceMoves(batches, async (on) => {
      try {
        return [...this.#way(on).enter().devices.values()];
      } catch {
        return undefined; // it is gone
      }
    });
  }

  way(on: Placement): string | undefined {
    return this.#way(on).file;
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  #runBatch(ops: readonly Op[], undo: boolean): readonly OpFailure[] {
    const failures: OpFailure[] = [];
    for (const op of ops) {
      const error = this.#tryOp(op);
      if (!error || (undo ? isUndone : isGone)(op, error.code)) continue;
      failures.push({ op, message: error.message });
      if (!undo) break;
    }
    return failures;
  }

  #tryOp(op: Op): KernelError | undefined {
    const { wire } = this.#options;
    try {
      if (wire) wire(op, () => this.#perform(op));
      else this.#perform(op);
      return undefined;
    } catch (error) {
      if (error instanceof KernelError) return error;
      throw error;
    }
  }

  #perform(op: Op): void {
    const { kernel } = this.#host;
    switch (op.op) {
      case 'netlink': {
        kernel.netlink(
          op,
          (on) => this.#way(on).enter(),
          (kind) => this.#kinds.deviceKinds.get(kind),
        );
        return;
      }
      case 'namespace': {
        kernel.namespace(op);
        return;
      }
      case 'sysctl': {
        kernel.sysctl(op, this.#way(op.on).enter());
        return;
      }
      case 'offload': {
        kernel.offload(op, this.#way(op.on).enter());
        return;
      }
      case 'tuntap': {
        kernel.tuntap(op, this.#way(op.on).enter());
        return;
      }
      case 'file-block': {
        kernel.fileBlock(op, this.#way(op.on).enter());
        return;
      }
      case 'exec': {
        this.#exec(op);
        return;
      }
      case 'process': {
        this.#helper(op);
        return;
      }
      case 'engine': {
        this.#engine(op);
        return;
      }
    }
  }

  #exec({ argv, stdin, on }: ExecOp): void {
    const { kernel, programs } = this.#host;
    const namespace = this.#way(on).enter();
    const known = { bridge: bridgeProgram, sh: nft, ...programs };
    const { code, stderr } = runProgram(known, { argv, stdin, kernel, namespace });
    if (code !== 0) refuse('EIO', stderr.trim() || `exit code ${String(code)}`);
  }

  #helper(op: ProcessOp): void {
    const { kernel, programs } = this.#host;
    const { argv, ready } = op.attrs;
    if (op.verb === 'start' && runProgram(programs, { argv, kernel, namespace: this.#way(op.on).enter() }).code !== 0)
      refuse('EIO', ready ? 'it has ended before it was ready' : 'it has ended at once');
    kernel.helper(op);
  }

  #engine({ engine, method, path, body, fine, unless, given, until, opens }: EngineOp): void {
    const { engines } = this.#host;
    const isRead = (path: string): boolean => isFine(engines.answer(engine, { method: 'GET', path }));
    if ((unless !== undefined && isRead(unless)) || (given !== undefined && !isRead(given))) return;
    const answer = engines.answer(engine, { method, path, ...(body === undefined ? {} : { body }) });
    if (!isFine(answer, fine)) refuse('EIO', engineSays(answer));
    // Nothing changes here by waiting.
    if (until && textAt(until.at, answer) !== until.is) refuse('ETIMEDOUT', `it is not ${until.is}`);
    if (!opens) return;
    const located = locate(opens, this.#host);
    this.#ways.delete(placeKey(opens.on)); // what was there before is another's now, or nobody's
    this.#learn(located);
    if (located.node.state !== 'present') refuse('ESRCH', located.node.fault?.message);
  }

  #learn({ node, way }: Located): void {
    if (way) this.#ways.set(placeKey(node.on), way);
  }

  #way(on: Placement): Way {
    const key = placeKey(on);
    if (on.node === undefined) return { enter: () => this.#host.kernel.state.host };
    return this.#ways.get(key) ?? fail(hostErrors.unknownPlace(key));
  }
}

const NONE: readonly Errno[] = ['ENODEV', 'ENOENT', 'ESRCH', 'EADDRNOTAVAIL'];

/** A device that was to go. */
const isGone = (op: Op, code: Errno): boolean =>
  op.op === 'netlink' && op.object === 'link' && op.verb === 'del' && code === 'ENODEV';

/** In undoing: what was to go is not there, what was to come is. */
function isUndone(op: Op, code: Errno): boolean {
  if (op.op === 'exec') return op.argv[0] === 'bridge' && op.argv[2] === 'del';
  if (op.op !== 'netlink' && op.op !== 'namespace') return false;
  return op.verb === 'del' ? NONE.includes(code) : !['set', 'move'].includes(op.verb) && code === 'EEXIST';
}
