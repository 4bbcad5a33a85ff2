import { renderFileBlock } from '@pipewright/kernel';
import { type Engines, type FileBlockOp, type FileText, type Locator, PipewrightError } from '@pipewright/plugin';

/** What a hosts file comes to at the most. */
const MOST_BYTES = 1 << 20;

/** A container, and the engine that it is one of. */
export type InEngine = Extract<Locator, { readonly by: 'container' }>;

// Files of a container of another machine are read and written by programs of its own: those see no file of their host, so
// nothing in the container can lead them to one.

/** Those of the files that are there. */
export async function textsThere(
  engines: Engines,
  container: InEngine,
  paths: readonly string[],
): Promise<readonly FileText[]> {
  const all = await Promise.all(
    paths.map(async (path) => ({ path, ...(await run(engines, container, ['cat', path])) })),
  );
  return all.flatMap(({ path, code, stdout }) => (code === 0 ? [{ path, text: stdout }] : []));
}

/** Returns what went wrong. */
export async function writeThere(engines: Engines, container: InEngine, op: FileBlockOp): Promise<string | undefined> {
  const [script, words] = renderFileBlock(op);
  const argv = ['sh', '-euc', script, 'sh', op.path, ...words];
  const { code, stdout, stderr } = await run(engines, container, argv);
  if (code === 0) return undefined;
  // Of a program that is not there the engine tells on whichever stream it likes.
  const said = `${stderr}${stdout}`.trim().split('\n').at(-1);
  return `${op.path} of container "${container.name}" was not written by its own programs: ${said || `exit code ${code}`}`;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** As root of the container, whoever its processes are. */
async function run(engines: Engines, { engine, name }: InEngine, argv: readonly string[]): Promise<Ran> {
  const said = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  let bytes = 0;
  const write = async (stream: 'stdout' | 'stderr', more: Uint8Array): Promise<boolean> => {
    said[stream].push(more);
    bytes += more.length;
    return bytes <= MOST_BYTES;
  };
  const textOf = (parts: readonly Uint8Array[]): string => Buffer.concat(parts).toString('utf8');
  try {
    const command = { engine, container: name, argv, stdin: false, tty: false, env: {}, user: '0' };
    const code = await engines.exec(command, { write });
    return { code, stdout: textOf(said.stdout), stderr: textOf(said.stderr) };
  } catch (error) {
    if (!(error instanceof PipewrightError)) throw error;
    return { code: 126, stdout: '', stderr: error.message };
  }
}
