import { type FileBlockAttrs, type FileText, type Found, resourceType, sha256, z } from '@pipewright/plugin';

/** Without these words there is no block in a text. */
export const BLOCK_BEGIN = '# BEGIN pipewright:';

/**
 * A block of ours in a text that is otherwise somebody else's:
 *
 *     # BEGIN pipewright:shop made 0123456789abcdef from /etc/hosts
 *     10.10.0.5	db redis
 *     # END pipewright:shop
 *
 * `made`: the file was missing before us, and all but the block has that hash. `joined`: what stands before it had no
 * line break at its end.
 */
const BEGIN = /^# BEGIN pipewright:([A-Za-z0-9_.-]+)(?: made ([0-9a-f]{16})(?: from (\S+))?)?( joined)?$/;

interface Block {
  readonly topology: string;
  readonly lines: readonly string[];
  /** Offsets of its first character, and of the one after its last. */
  readonly start: number;
  readonly end: number;
  readonly joined: boolean;
  /** What all but the block came to when we made the file. */
  readonly made?: { readonly hash: string; readonly copyOf: string };
}

const endOf = (topology: string): string => `# END pipewright:${topology}`;

const hashOf = (text: string): string => Buffer.from(sha256(text)).toString('hex').slice(0, 16);

/** The blocks of a text. One whose end is missing, as a crash may leave it, is its first line alone. */
function blocksIn(text: string): readonly Block[] {
  const rows = rowsOf(text);
  return rows.flatMap(({ line, start, end }, index) => {
    const [, topology, hash, copyOf = '', joined] = BEGIN.exec(line) ?? [];
    if (topology === undefined) return [];
    const last = rows.findIndex((it, at) => at > index && it.line === endOf(topology));
    const again = rows.findIndex((it, at) => at > index && BEGIN.test(it.line));
    const isWhole = last > 0 && (again < 0 || last < again);
    return [
      {
        topology,
        lines: isWhole ? rows.slice(index + 1, last).map((it) => it.line) : [],
        start,
        end: isWhole ? (rows[last]?.end ?? end) : end,
        joined: joined !== undefined,
        ...(hash === undefined ? {} : { made: { hash, copyOf } }),
      },
    ];
  });
}

interface Row {
  readonly line: string;
  readonly start: number;
  readonly end: number;
}

function rowsOf(text: string): readonly Row[] {
  const rows: Row[] = [];
  for (let start = 0; start < text.length; ) {
    const at = text.indexOf('\n', start);
    const end = at < 0 ? text.length : at + 1;
    rows.push({ line: text.slice(start, at < 0 ? end : at), start, end });
    start = end;
  }
  return rows;
}

/** The text with this block in it, where the first of the topology was, else at its end; all else as it is. */
export function withBlock(text: string, topology: string, lines: readonly string[]): string {
  const [old, ...others] = blocksOf(topology, text);
  if (!old) return appended(text, topology, lines, '');
  const flags = text.slice(old.start, text.indexOf('\n', old.start)).replace(`# BEGIN pipewright:${topology}`, '');
  const only = others.reduceRight(cut, text);
  return `${only.slice(0, old.start)}${blockText(topology, lines, flags)}${only.slice(old.end)}`;
}

/** One alone, unless somebody else has copied it. */
const blocksOf = (topology: string, text: string): readonly Block[] =>
  blocksIn(text).filter((it) => it.topology === topology);

function appended(text: string, topology: string, lines: readonly string[], flags: string): string {
  const joined = text !== '' && !text.endsWith('\n');
  return `${text}${joined ? '\n' : ''}${blockText(topology, lines, `${flags}${joined ? ' joined' : ''}`)}`;
}

const blockText = (topology: string, lines: readonly string[], flags: string): string =>
  [`# BEGIN pipewright:${topology}${flags}`, ...lines, endOf(topology), ''].join('\n');

/** A file that was missing: what it begins with, and the block. */
export const madeWithBlock = (base: string, topology: string, lines: readonly string[], copyOf: string): string =>
  appended(base, topology, lines, ` made ${hashOf(base)}${copyOf === '' ? '' : ` from ${copyOf}`}`);

/** The text without the block; undefined: nothing of it is anybody else's, so the file goes too. */
export function withoutBlock(text: string, topology: string): string | undefined {
  const blocks = blocksOf(topology, text);
  const rest = blocks.reduceRight(cut, text);
  return blocks[0]?.made?.hash === hashOf(rest) ? undefined : rest;
}

function cut(text: string, { start, end, joined }: Block): string {
  const before = text.slice(0, start);
  const after = text.slice(end);
  return joined ? parted(before, after) : before + after;
}

/** Without the line break that was put between the two; where another block follows, it is that one's from now on. */
function parted(before: string, after: string): string {
  if (after === '') return before.replace(/\n$/, '');
  const [next] = blocksIn(after);
  if (next?.start !== 0 || next.joined) return before + after;
  return before + after.replace('\n', ' joined\n');
}

/** Folders of ours alone, which go when nothing is in them any more. */
const OWN_FOLDERS = ['/etc/netns', '/run/pipewright'];

/** The folders above a file that are only there for such files, the nearest first. */
export function ownFoldersOf(path: string): readonly string[] {
  const folder = path.slice(0, path.lastIndexOf('/'));
  return OWN_FOLDERS.some((it) => folder === it || folder.startsWith(`${it}/`))
    ? [folder, ...ownFoldersOf(folder)]
    : [];
}

const attrs = z.object({
  path: z.string(),
  topology: z.string(),
  lines: z.array(z.string()),
  copyOf: z.string().optional(),
});

/** Where blocks are looked for, whoever remembers them. */
const FILES = {
  host: ['/etc/netns/*/hosts', '/etc/netns/*/resolv.conf'],
  node: ['/etc/hosts', '/run/pipewright/links.env'],
};

/** Prints those of the host, each line behind its file's path. */
const PRINT =
  "find /etc/netns -mindepth 2 -maxdepth 2 '(' -name hosts -o -name resolv.conf ')' -type f -size -2048 -exec grep -aH '' {} + 2> /dev/null || :";

export const fileBlock = resourceType<FileBlockAttrs>({
  type: 'file-block',
  attrs,
  name: ({ path, topology }) => `${path} of ${topology}`,
  owner: ({ attrs: { topology } }) => topology,
  queries: [{ argv: ['sh', '-c', PRINT], files: FILES, text: true }],
  parse: ([files]) => (typeof files === 'string' ? printed(files) : (files as readonly FileText[])).flatMap(foundIn),
  // What a file began with shows no more where somebody else had made it.
  equal: (field, wanted, found) => field === 'copyOf' || JSON.stringify(wanted) === JSON.stringify(found),
  write: ({ before, after }) => {
    const it = after ?? before;
    if (!it) return [];
    const { path, topology, lines, copyOf } = it.attrs;
    const common = { op: 'file-block', on: it.on, path, topology } as const;
    return [after ? { ...common, lines, ...(copyOf === undefined ? {} : { copyOf }) } : common];
  },
});

/** The texts as `grep` has printed them, a line at a time behind the path of its file. */
function printed(text: string): readonly FileText[] {
  const texts = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [path, rest] = [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)];
    if (path !== '') texts.set(path, `${texts.get(path) ?? ''}${rest}\n`);
  }
  return [...texts].map(([path, it]) => ({ path, text: it }));
}

/** Of each topology one. What its copies say holds as well, so that it is not as it should be. */
const foundIn = ({ path, text }: FileText): readonly Found<FileBlockAttrs>[] =>
  [...new Set(blocksIn(text).map((it) => it.topology))].map((topology) => {
    const blocks = blocksOf(topology, text);
    const made = blocks[0]?.made;
    const lines = blocks.flatMap((it) => it.lines);
    return { attrs: { path, topology, lines, ...(made ? { copyOf: made.copyOf } : {}) } };
  });
