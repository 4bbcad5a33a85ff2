import type { Draft } from '@pipewright/core';
import { type Fault, type HostTarget, LOCAL_HOST, PipewrightError } from '@pipewright/plugin';
import { whileAlone } from './change.js';
import type { Engine } from './engine.js';
import { faultJson } from './output/failure.js';
import type { Output } from './output/output.js';
import { printable } from './output/text.js';
import { recoverFirst } from './recovery.js';

/** What became of a change on each of several hosts. */
export class HostOutcomes {
  readonly #leftOut = new Map<string, Fault>();
  #exit: 0 | 1 | 5 = 0;

  /** `named`: those that the file names, as what stands on a host can be known of later by nothing else. */
  constructor(
    private readonly hosts: ReadonlySet<string>,
    private readonly named: ReadonlySet<string>,
  ) {}

  /** Those on which nothing is done any more. */
  get leftOut(): ReadonlySet<string> {
    return new Set(this.#leftOut.keys());
  }

  /** 5 where something was not put back on one. */
  get exit(): 0 | 1 | 5 {
    return this.#exit;
  }

  /** Leaves out the hosts that a failure is of; false where there are none, or none may be, or no other would be left. */
  take({ byHost, exit }: PipewrightError): boolean {
    const more = [...byHost].filter(([host]) => !this.#leftOut.has(host));
    const isAnyLeft = [...this.hosts].some((host) => !this.#leftOut.has(host) && !byHost.has(host));
    if (more.length === 0 || !isAnyLeft || more.some(([host]) => !this.named.has(host))) return false;
    for (const [host, fault] of more) this.#leftOut.set(host, fault);
    this.#exit = exit === 5 || this.#exit === 5 ? 5 : 1;
    return true;
  }

  json(): object {
    return Object.fromEntries(
      this.#all.map((host) => {
        const fault = this.#leftOut.get(host);
        return [host, fault ? { outcome: 'left out', error: faultJson(fault) } : { outcome: 'done' }];
      }),
    );
  }

  /** Of a host with nodes no more there may be something left to do, too. */
  get #all(): readonly string[] {
    return [...new Set([...this.hosts, ...this.#leftOut.keys()])];
  }

  /** `done`: what the others are now. */
  lines(done: string): readonly string[] {
    return this.#all.map((host) => printable(`  ${host}: ${this.#leftOut.get(host)?.message ?? done}`));
  }
}

/** Of what brings a topology up. */
export const outcomesOf = ({ targets, topology }: Draft): HostOutcomes =>
  new HostOutcomes(
    new Set(targets.map(({ on }) => on.host)),
    new Set([LOCAL_HOST, ...topology.hosts.map(({ name }) => name)]),
  );

interface Leaving {
  readonly engine: Engine;
  readonly output: Output;
  readonly outcomes: HostOutcomes;
  /** The other machines that are to change, without those that are left out. */
  readonly hosts: () => Promise<readonly HostTarget[]>;
  readonly signal: AbortSignal;
  /** Hears of each that is left out; absent: it is said. */
  readonly onLeftOut?: (host: string, fault: Fault) => void;
}

/** The same without leaving out any; of what fails on some of the hosts, it is said that it could be kept off the others. */
export async function leavingNoneOut(
  command: string,
  outcomes: HostOutcomes,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof PipewrightError) || error.exit === 5 || !outcomes.take(error)) throw error;
    const away = [...error.byHost.keys()].join(', ');
    throw withFix(error, `${error.fix} Or leave out ${away}: \`pipewright ${command} --keep-going\`.`);
  }
}

/** The same failure, with more that can be done about it. */
export function withFix(error: PipewrightError, fix: string): PipewrightError {
  const { code, message, exit, cause, at, suppressed, diagnostics, byHost } = error;
  return new PipewrightError({ code, message, exit, fix }, { cause, at, suppressed, diagnostics, byHost });
}

/**
 * Plans and changes while no other command does. Where that fails on some of the hosts, and all was put back on the others, it
 * is done again without them.
 */
export const leavingOut = (
  { engine, output, outcomes, hosts, signal, onLeftOut = (host, fault) => sayLeftOut(output, host, fault) }: Leaving,
  work: (recovered: boolean) => Promise<number>,
): Promise<number> =>
  whileAlone(engine, output, async () => {
    for (;;) {
      try {
        return await work(await recoverFirst(engine, output, await hosts(), signal));
      } catch (error) {
        if (!(error instanceof PipewrightError) || signal.aborted || !outcomes.take(error)) throw error;
        for (const [host, fault] of error.byHost) onLeftOut(host, fault);
        await engine.executor.close(); // what is recovered first takes the locks of the hosts by itself
      }
    }
  });

export const sayLeftOut = (output: Output, host: string, { message }: Fault): void =>
  output.say(`host ${printable(host)} is left out: ${printable(message)}`);
