import { changeNodes } from './change-nodes.js';
import { driversOf, type ParseRegistries } from './kinds.js';
import { isList, type Mark, type Source, type Tree } from './source.js';

const RELATIVE = /^[.][.]?(?=[/:]|$)/;

/**
 * The same input with paths of nodes that begin with `./` or `../` written out from its folder on: so they are remembered,
 * and mean the same wherever a later command is run.
 */
export function fromFolder(source: Source, folder: string, { nodes }: Pick<ParseRegistries, 'nodes'>): Source {
  const keys = new Set(driversOf(nodes).flatMap(({ paths = [] }) => paths));
  return changeNodes(source, (value, key) => (keys.has(key) ? writtenOut(value, folder, source) : value));
}

function writtenOut(tree: Tree, folder: string, { marks }: Source): Tree {
  if (!isList(tree) || !tree.some(isRelative)) return tree;
  const made = tree.map((it) => (isRelative(it) ? absolute(it, folder) : it));
  const places = [...(marks.get(tree) ?? [])].map(([key, mark]): [string, Mark] => {
    const written = tree[Number(key)];
    return [key, isRelative(written) ? { written, ...mark } : mark];
  });
  marks.set(made, new Map(places));
  return made;
}

const isRelative = (it: Tree | undefined): it is string => typeof it === 'string' && RELATIVE.test(it);

/** What follows the path after a colon stays as it is. */
function absolute(text: string, folder: string): string {
  const end = text.indexOf(':');
  const [path, rest] = end === -1 ? [text, ''] : [text.slice(0, end), text.slice(end)];
  const steps: string[] = [];
  for (const step of `${folder}/${path}`.split('/'))
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  return `/${steps.join('/')}${rest}`;
}
