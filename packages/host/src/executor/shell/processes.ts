import { readdir, stat } from 'node:fs/promises';
import type { SurveyedNode } from '@pipewright/plugin';
import { NAMED } from './locate.js';

/** Tells of each named namespace which processes are in it: they keep it alive when its name is gone. */
export async function withProcesses(nodes: readonly SurveyedNode[]): Promise<readonly SurveyedNode[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const places = await Promise.all(
    pids.map(async (pid) => [Number(pid), await identityOf(`/proc/${pid}/ns/net`)] as const),
  );
  return Promise.all(
    nodes.map(async (node) => {
      const own = node.locator.by === 'name' ? await identityOf(`${NAMED}/${node.locator.name}`) : undefined;
      const processes = own === undefined ? [] : places.filter(([, place]) => place === own).map(([pid]) => pid);
      return processes.length > 0 ? { ...node, processes } : node;
    }),
  );
}

/** Undefined for what is gone or not ours to see. */
const identityOf = async (path: string): Promise<string | undefined> =>
  stat(path).then(
    ({ dev, ino }) => `${dev}:${ino}`,
    () => undefined,
  );
