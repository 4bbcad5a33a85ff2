import { hostErrors, type Kinds } from '@pipewright/host';
import {
  type Batch,
  type Executor,
  fail,
  type HostFacts,
  type Op,
  type OpFailure,
  type Placement,
  placeKey,
  type RunOptions,
  type Survey,
  type SurveyRequest,
} from '@pipewright/plugin';
import { type Errno, KernelError, refuse } from './kernel/errors.js';
import type { MemoryKernel } from './kernel/memory-kernel.js';
import type { Namespace } from './kernel/state.js';
import { type Programs, runProgram } from './programs.js';
import { surveyMemory } from './survey.js';

export interface MemoryExecutorOptions {
  readonly programs?: Programs;
  readonly facts?: Partial<Omit<HostFacts, 'devices'>>;
  /** Stands between the executor and the kernel: an op is done when `perform` is called, and fails by what is thrown. */
  readonly wire?: (op: Op, perform: () => void) => void;
}

const FACTS: Omit<HostFacts, 'devices'> = { machineId: '0123456789abcdef', kernel: '6.12.0', tools: { ip: '6.1.0' } };

/** Runs ops on a kernel in memory, and surveys it by the readers of the real one. */
export class MemoryExecutor implements Executor {
  readonly #kernel: MemoryKernel;
  readonly #kinds: Kinds;
  readonly #options: MemoryExecutorOptions;
  /** Ways to the places seen so far. */
  readonly #ways = new Map<string, () => Namespace>();

  constructor(kernel: MemoryKernel, kinds: Kinds, options: MemoryExecutorOptions = {}) {
    this.#kernel = kernel;
    this.#kinds = kinds;
    this.#options = options;
  }

  async survey(request: SurveyRequest): Promise<Survey> {
    const { programs = {}, facts } = this.#options;
    const around = { kernel: this.#kernel, kinds: this.#kinds, programs, request };
    const { survey, located } = surveyMemory(around, { ...FACTS, ...facts });
    for (const { node, way } of located) if (way) this.#ways.set(placeKey(node.on), way);
    return survey;
  }

  async run(batches: readonly Batch[], { undo }: RunOptions): Promise<readonly OpFailure[]> {
    // As the real ones: a place that nobody knows stops it before anything runs.
    for (const op of batches.flatMap(({ ops }) => ops)) if (op.op !== 'namespace') this.#way(op.on);
    return batches.flatMap(({ ops }) => this.#runBatch(ops, undo));
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  #runBatch(ops: readonly Op[], undo: boolean): readonly OpFailure[] {
    const failures: OpFailure[] = [];
    for (const op of ops) {
      const error = this.#tryOp(op);
      if (!error || (undo && isUndone(op, error.code))) continue;
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
    switch (op.op) {
      case 'netlink': {
        this.#kernel.netlink(
          op,
          (on) => this.#way(on)(),
          (kind) => this.#kinds.deviceKinds.get(kind),
        );
        return;
      }
      case 'namespace': {
        this.#kernel.namespace(op);
        return;
      }
      case 'sysctl': {
        this.#kernel.sysctl(op, this.#way(op.on)());
        return;
      }
      case 'exec': {
        this.#exec(op);
        return;
      }
    }
  }

  #exec({ argv, stdin, on }: Extract<Op, { op: 'exec' }>): void {
    const { programs = {} } = this.#options;
    const namespace = this.#way(on)();
    const { code, stderr } = runProgram(programs, { argv, stdin, kernel: this.#kernel, namespace });
    if (code !== 0) refuse('EIO', stderr.trim() || `exit code ${String(code)}`);
  }

  #way(on: Placement): () => Namespace {
    const key = placeKey(on);
    if (on.node === undefined) return () => this.#kernel.state.host;
    return this.#ways.get(key) ?? fail(hostErrors.unknownPlace(key));
  }
}

const NONE: readonly Errno[] = ['ENODEV', 'ENOENT', 'ESRCH', 'EADDRNOTAVAIL'];

/** In undoing: what was to go is not there, what was to come is. */
function isUndone(op: Op, code: Errno): boolean {
  if (op.op !== 'netlink' && op.op !== 'namespace') return false;
  return op.verb === 'del' ? NONE.includes(code) : op.verb !== 'set' && code === 'EEXIST';
}
