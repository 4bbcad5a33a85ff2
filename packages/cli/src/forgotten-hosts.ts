import { type Draft, hostsOfEntry } from '@pipewright/core';
import { fail, type Ledger, LOCAL_HOST } from '@pipewright/plugin';
import { errors } from './errors.js';
import { printable } from './output/text.js';

/** Hosts that --forget names; throws for one that a topology has nothing on, and for this one, which is here. */
export async function forgettable(
  words: readonly string[],
  topology: string,
  ledger: Ledger,
): Promise<ReadonlySet<string>> {
  const last = words.length > 0 ? await ledger.read(topology) : undefined;
  const hosts = (last ? hostsOfEntry(last) : []).filter((it) => it !== LOCAL_HOST);
  for (const it of words) if (!hosts.includes(it)) fail(errors.nothingThere(topology, it, hosts));
  return new Set(words);
}

/** Throws where the topology would put nodes on one of them again. */
export function checkUnused(forget: ReadonlySet<string>, { targets }: Draft): void {
  const used = targets.find(({ on }) => forget.has(on.host));
  if (used) fail(errors.stillUsed(used.on.host, used.name));
}

export const forgottenText = (forget: ReadonlySet<string>): readonly string[] =>
  forget.size === 0 ? [] : [`What stood on ${[...forget].map(printable).join(', ')} is remembered no more.`];
