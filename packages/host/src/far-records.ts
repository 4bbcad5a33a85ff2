import { hostname } from 'node:os';
import { basename } from 'node:path';
import { stagesOn, startOn } from '@pipewright/core';
import {
  type Executor,
  fail,
  type HostNotes,
  type HostTarget,
  LOCAL_HOST,
  type Stage,
  type Standing,
  type TransactionStart,
  type Unfinished,
} from '@pipewright/plugin';
import { eachHost } from './each-host.js';
import { errors } from './errors.js';
import { FORMAT, lineOf, recordsIn } from './journal-records.js';
import { renamedHost, renamingHost } from './renamed-host.js';

/** A transaction as other machines are to keep it. */
export interface FarWork {
  /** Of the file. */
  readonly name: string;
  readonly since: number;
  readonly start: TransactionStart;
  /** All that is to come. */
  readonly ahead: () => readonly Stage[];
}

/**
 * What other machines know of what was begun on them: each its own part, whole before the first change there, and gone
 * when nothing is left to do. So a crash is undone from any machine. It is written as if the machine had begun it itself,
 * its places `local`, so that a pipewright there undoes it, too.
 */
export class FarRecords {
  constructor(private readonly executor: Pick<Executor, 'notes'>) {}

  async write({ name, since, start, ahead }: FarWork): Promise<void> {
    const { hosts = [] } = start.request;
    const stages = hosts.length > 0 ? ahead() : [];
    const parts = hosts
      .map((host) => ({ host, stages: stagesOn(host.name, stages) }))
      .filter(({ stages }) => stages.length > 0);
    const notes = await this.#notes(parts.map(({ host }) => host));
    await eachHost(
      parts.map(({ host }) => host.name),
      parts.map(async ({ host: { name: host }, stages }) => {
        const its = notes.get(host);
        const { request, ...rest } = startOn(host, start);
        const { hosts: _, ...own } = request;
        if (!its) return;
        const at = { format: FORMAT, since, from: hostname(), by: its.by };
        const begin = { ...rest, request: own, type: 'begin', ...at } as const;
        const records = [begin, ...stages.map((stage) => ({ type: 'intent', stage }) as const)];
        const toItself = renamingHost(host, LOCAL_HOST);
        await its.write(name, records.map((it) => lineOf(it, toItself)).join(''));
      }),
    );
  }

  async remove(hosts: readonly HostTarget[], name: string): Promise<void> {
    const notes = await this.#notes(hosts);
    await eachHost(
      [...notes.keys()],
      [...notes.values()].map((it) => it.remove(name)),
    );
  }

  async unfinishedOn(hosts: readonly HostTarget[]): Promise<readonly Unfinished[]> {
    const notes = await this.#notes(hosts);
    const all = await eachHost(
      hosts.map(({ name }) => name),
      hosts.map(async (host) =>
        [...((await notes.get(host.name)?.read()) ?? [])].flatMap(([name, text]) => keptBy(host, name, text)),
      ),
    );
    return all.flat().sort((a, b) => b.since - a.since);
  }

  async standing({ stages, request: { hosts = [] }, record }: Unfinished): Promise<Standing> {
    const touched = hosts.filter(({ name }) => stagesOn(name, stages).length > 0);
    const [done, away] = [new Set<string>(), new Set<string>()];
    for (const host of touched) {
      const names = await this.#namesOn(host);
      if (!names) away.add(host.name);
      else if (!names.has(basename(record))) done.add(host.name);
    }
    const left = stages.map(({ batches }) => ({
      batches: batches.filter(({ on }) => !done.has(on.host) && !away.has(on.host)),
    }));
    return { stages: left.filter(({ batches }) => batches.length > 0), away: [...away] };
  }

  /** Undefined where it is not reached. */
  async #namesOn(host: HostTarget): Promise<ReadonlySet<string> | undefined> {
    try {
      const its = (await this.#notes([host])).get(host.name);
      return new Set((await its?.read())?.keys());
    } catch {
      return undefined;
    }
  }

  async #notes(hosts: readonly HostTarget[]): Promise<ReadonlyMap<string, HostNotes>> {
    return hosts.length === 0 ? new Map() : ((await this.executor.notes?.(hosts)) ?? new Map());
  }
}

/** What the machine's own pipewright began is its own affair. */
function keptBy(host: HostTarget, name: string, text: string): readonly Unfinished[] {
  const path = `${host.name}:${name}`;
  const { records, damaged } = recordsIn(text);
  const [begin, ...rest] = renamedHost(records, LOCAL_HOST, host.name);
  if (begin?.type !== 'begin' || begin.from === undefined) return [];
  const { type: _type, format, by: _by, from: _from, request, ...start } = begin;
  if (format !== FORMAT) return fail(errors.badJournal(path, `it is of format ${String(format)}`));
  return [
    {
      ...start,
      request: { ...request, hosts: [host] },
      record: name,
      stages: rest.flatMap((it) => (it.type === 'intent' ? [it.stage] : [])),
      committed: false,
      where: 'here',
      running: false, // whoever writes it holds the lock that we have now
      damaged,
      keptBy: host,
    },
  ];
}
