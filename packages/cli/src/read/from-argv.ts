import { plainScalar, Source, sourceOf, type TopologyInput } from '@pipewright/core';
import { type Diagnostic, type Fault, type Path, type Position, problem } from '@pipewright/plugin';
import { errors } from './errors.js';

export interface ArgvTopology {
  readonly network: readonly string[];
  readonly node: readonly string[];
  readonly link: readonly string[];
  readonly name: string | undefined;
}

/** `lan=bridge,subnet=10.0.0.0/24`: a name, perhaps a kind, then keys; a colon may part them as well. */
const ENTRY = /^([^=:,]*)(?:=([^,:]*))?(?:[,:](.*))?$/s;

/** A piece of a flag's value between commas. */
interface Part {
  readonly text: string;
  readonly at: Position;
}

/** The topology that the flags of a command line describe; positions name the flag and the column in its value. */
export function fromArgv({ network, node, link, name }: ArgvTopology): TopologyInput {
  const tree = new ArgvTree();
  for (const text of network) tree.addEntry('networks', '--network', text);
  for (const text of node) tree.addEntry('nodes', '--node', text);
  for (const text of link) tree.addLink(text);
  const value = { name, networks: tree.networks, nodes: tree.nodes, links: tree.links };
  const source = sourceOf(value, 'the command line', (path) => tree.positions.get(keyOf(path)));
  return {
    source: new Source(source.file, source.tree, [...source.diagnostics, ...tree.diagnostics], source.marks),
    base: process.cwd(),
  };
}

type Entries = Record<string, Record<string, unknown>>;

const noEntries = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

const keyOf = (path: Path): string => JSON.stringify(path);

class ArgvTree {
  readonly networks: Entries = noEntries();
  readonly nodes: Entries = noEntries();
  readonly links: Record<string, unknown>[] = [];
  readonly positions = new Map<string, Position>();
  readonly diagnostics: Diagnostic[] = [];

  addEntry(section: 'networks' | 'nodes', flag: string, text: string): void {
    const [, name = '', kind, rest] = ENTRY.exec(text) ?? [];
    const path = [section, name];
    const at = { file: flag, line: 1, column: 1 };
    if (name in this[section]) {
      this.#complain(errors.givenTwice(flag, name), path, at);
      return;
    }
    const entry = noEntries<unknown>();
    this[section][name] = entry;
    this.#place(path, at);
    if (kind !== undefined) this.#set(entry, path, 'kind', kind, { ...at, column: name.length + 2 });
    if (rest !== undefined) this.#setAll(entry, path, partsOf(rest, flag, text.length - rest.length));
  }

  addLink(text: string): void {
    const path = ['links', this.links.length];
    const parts = partsOf(text, '--link', 0);
    const endpoints = parts.filter((part) => !part.text.includes('='));
    const link = Object.assign(noEntries<unknown>(), { endpoints: endpoints.map((part) => part.text) });
    this.links.push(link);
    for (const [index, part] of endpoints.entries()) this.#place([...path, 'endpoints', index], part.at);
    for (const place of [path, [...path, 'endpoints']]) this.#place(place, { file: '--link', line: 1, column: 1 });
    this.#setAll(
      link,
      path,
      parts.filter((part) => part.text.includes('=')),
    );
  }

  #setAll(entry: Record<string, unknown>, path: Path, parts: readonly Part[]): void {
    for (const { text, at } of parts) {
      const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (key === undefined || value === undefined)
        this.#complain(errors.badPart(at.file, text, 'KEY=VALUE'), path, at);
      else if (key === 'networks') for (const it of value.split('+')) this.#append(entry, path, key, it, at);
      else this.#set(entry, path, key, plainScalar(value), at);
    }
  }

  /** A key that is given again makes a list. */
  #set(entry: Record<string, unknown>, path: Path, key: string, value: unknown, at: Position): void {
    if (entry[key] !== undefined) this.#append(entry, path, key, value, at);
    else {
      entry[key] = value;
      this.#place([...path, key], at);
    }
  }

  #append(entry: Record<string, unknown>, path: Path, key: string, value: unknown, at: Position): void {
    const before = entry[key];
    const values: readonly unknown[] = before === undefined ? [] : Array.isArray(before) ? before : [before];
    entry[key] = [...values, value];
    if (before === undefined) this.#place([...path, key], at);
    this.#place([...path, key, values.length], at);
  }

  #place(path: Path, at: Position): void {
    this.positions.set(keyOf(path), at);
  }

  #complain(fault: Fault, path: Path, at: Position): void {
    this.diagnostics.push({ ...problem(fault, path), at });
  }
}

function partsOf(text: string, flag: string, offset: number): readonly Part[] {
  let column = offset + 1;
  return text.split(',').map((part) => {
    const at = { file: flag, line: 1, column };
    column += part.length + 1;
    return { text: part, at };
  });
}
