import { loadLibc, stateFolder } from '@pipewright/host';
import type { CommandResult, Commands, HostTarget } from '@pipewright/plugin';
import { type Check, firstLine } from './check.js';

/** What runs there, and what we may do. */
export async function checkRights(commands: Commands, far?: HostTarget): Promise<readonly Check[]> {
  const words = [
    ['uname', '-rm'],
    ['id', '-u'],
    ['unshare', '--net', 'true'],
    ['sh', '-c', IS_WRITABLE, 'sh', far ? STATE : stateFolder()],
  ];
  const [kernel, user, namespace, state] = await Promise.all(words.map((it) => commands.run(it)));
  const isRoot = user?.stdout.trim() === '0';
  return [
    { name: 'kernel', ok: true, essential: true, detail: firstLine(kernel?.stdout ?? '') },
    rootCheck(isRoot, far),
    ...(namespace ? [namespaceCheck(namespace)] : []),
    ...(isRoot && state ? stateChecks(state) : []),
  ];
}

/** Where locks and what is begun are kept, unless we are told of another folder here. */
const STATE = '/run/pipewright';

/** Prints the folder that it would be written to, where it cannot be. */
const IS_WRITABLE =
  'it=$1; until [ -e "$it" ]; do it=$(dirname -- "$it"); done; [ -w "$it" ] || { echo "$it"; exit 1; }';

/** For everybody else it goes without saying. */
export const stateChecks = ({ code, stdout }: CommandResult): readonly Check[] =>
  code === 0
    ? []
    : [
        {
          name: 'a folder to write in',
          ok: false,
          essential: true,
          detail: `${firstLine(stdout)} is not writable`,
          fix: `mount it so that root may write there: no change is begun without a lock in ${STATE}`,
        },
      ];

export const checkLibrary = (): Promise<Check> => libraryCheck(loadLibc);

const rootCheck = (ok: boolean, far: HostTarget | undefined): Check => ({
  name: 'root',
  ok,
  essential: true,
  detail: ok ? 'yes' : 'no',
  ...(ok ? {} : { fix: far ? `log in as root: \`ssh: root@…\` in place of ${far.ssh}` : 'run pipewright with sudo' }),
});

export const namespaceCheck = ({ code, stderr }: CommandResult): Check => ({
  name: 'network namespaces',
  ok: code === 0,
  essential: true,
  detail: code === 0 ? 'can be made' : firstLine(stderr),
  ...(code === 0 ? {} : { fix: 'run as root, outside a restricted container, on a kernel with CONFIG_NET_NS' }),
});

/** Without it iproute2 does the work, and `whose` and `up` take longer. */
export async function libraryCheck(load: () => Promise<unknown>): Promise<Check> {
  const check = { name: 'rtnetlink in process', essential: false };
  try {
    await load();
    return { ...check, ok: true, detail: 'works' };
  } catch (error) {
    const words = firstLine(error instanceof Error ? error.message : String(error));
    return {
      ...check,
      ok: false,
      detail: words,
      fix: 'install pipewright again on this machine, with the package koffi',
    };
  }
}
