import { machine, release } from 'node:os';
import { loadLibc } from '@pipewright/host';
import type { CommandResult, Commands } from '@pipewright/plugin';
import { type Check, firstLine } from './check.js';

/** What runs here, and what we may do. */
export const checkRights = async (commands: Commands): Promise<readonly Check[]> => [
  { name: 'kernel', ok: true, essential: true, detail: `${release()} ${machine()}` },
  rootCheck(process.getuid?.() === 0),
  namespaceCheck(await commands.run(['unshare', '--net', 'true'])),
  await libraryCheck(loadLibc),
];

const rootCheck = (ok: boolean): Check => ({
  name: 'root',
  ok,
  essential: true,
  detail: ok ? 'yes' : 'no',
  ...(ok ? {} : { fix: 'run pipewright with sudo' }),
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
