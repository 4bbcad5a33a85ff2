import type { CommandResult } from '@pipewright/plugin';
import { parseAnswers } from '../executor/survey/answers.js';
import type { FoundNamespace } from './namespaces.js';

type Numbers = readonly (readonly [inode: number, number: number | null])[];

/** Of `lsns`, which lists namespaces that processes are in: before util-linux 2.32 it does not know the numbers. */
export function processNumbers({ code, stdout }: CommandResult): Numbers {
  if (code !== 0) return [];
  const { namespaces = [] } = JSON.parse(stdout) as { readonly namespaces?: readonly LsnsRow[] };
  return namespaces.map(({ ns, netnsid }) => [Number(ns), /^\d+$/.test(String(netnsid)) ? Number(netnsid) : null]);
}

/** Old versions print all as text. */
interface LsnsRow {
  readonly ns: number | string;
  readonly netnsid: number | string | null;
}

/** Of `ip -j netns list`, which tells a number only where there is one, and prints nothing where there is no name. */
export function namedNumbers({ code, stdout }: CommandResult, namespaces: readonly FoundNamespace[]): Numbers {
  if (code !== 0) return [];
  const rows = (parseAnswers(stdout) ?? []).flat() as readonly { readonly name: string; readonly id?: number }[];
  const ids = new Map(rows.map(({ name, id = null }) => [name, id]));
  return namespaces.flatMap(({ inode, name }) => {
    const id = name === null ? undefined : ids.get(name);
    return id === undefined ? [] : [[inode, id] as const];
  });
}
