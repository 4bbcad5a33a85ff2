import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rmdir, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = '/sys/fs/cgroup';

/** A name for control groups, which are the machine's: no other sandbox, and no other run, has it. They go after the sandbox. */
export function ownCgroups(host: { afterwards(work: () => Promise<void>): void }): string {
  const name = `pipewright-test-${process.pid}-${randomBytes(4).toString('hex')}`;
  host.afterwards(async () => removeCgroups(name));
  return name;
}

/** Removes the control groups of that name at the top of each hierarchy, with those below: nothing in a sandbox but these outlives it. */
export async function removeCgroups(name: string): Promise<void> {
  const hierarchies = await readdir(ROOT).catch(() => []);
  const groups = [ROOT, ...hierarchies.map((it) => `${ROOT}/${it}`)].map((it) => `${it}/${name}`).filter(existsSync);
  for (const group of groups) await thawTree(group);
  for (const group of groups) await removeTree(group);
}

async function removeTree(group: string): Promise<void> {
  for (const below of await groupsIn(group)) await removeTree(below);
  await removeOne(group);
}

async function groupsIn(group: string): Promise<readonly string[]> {
  const all = await readdir(group, { withFileTypes: true });
  return all.flatMap((it) => (it.isDirectory() ? [`${group}/${it.name}`] : []));
}

/** What is frozen (a paused container) does not end, not even killed. */
async function thawTree(group: string): Promise<void> {
  const switches = { 'freezer.state': 'THAWED', 'cgroup.freeze': '0' };
  for (const [name, value] of Object.entries(switches))
    if (existsSync(`${group}/${name}`)) await writeFile(`${group}/${name}`, value);
  for (const below of await groupsIn(group)) await thawTree(below);
}

/** A group is busy for a moment after its last process has ended. */
async function removeOne(group: string): Promise<void> {
  for (let waited = 0; ; waited += 10) {
    try {
      await rmdir(group);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || waited > 5000) throw error;
      await sleep(10);
    }
  }
}
