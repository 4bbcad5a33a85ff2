import { loadLibc } from '@pipewright/host';
import type { CommandResult, Commands, HostTarget } from '@pipewright/plugin';
import { type Check, firstLine } from './check.js';

/** What runs there, and what we may do. */
export async function checkRights(commands: Commands, far?: HostTarget): Promise<readonly Check[]> {
  const words = [
    ['uname', '-rm'],
    ['id', '-u'],
    ['unshare', '--net', 'true'],
  ];
  const [kernel, user, namespace] = await Promise.all(words.map((it) => commands.run(it)));
  return [
    { name: 'kernel', ok: true, essential: true, detail: firstLine(kernel?.stdout ?? '') },
    rootCheck(user?.stdout.trim() === '0', far),
    ...(namespace ? [namespaceCheck(namespace)] : []),
  ];
}

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
