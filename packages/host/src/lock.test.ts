import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileLock } from './lock.js';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipewright-lock-'));
  process.env['PIPEWRIGHT_STATE_DIR'] = folder;
});

afterEach(async () => {
  delete process.env['PIPEWRIGHT_STATE_DIR'];
  await rm(folder, { recursive: true });
});

const nobody = (holder: string): never => {
  throw new Error(`waits for ${holder}`);
};

/** Opens when told to. */
function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open: () => open(), opened };
}

test('one at a time; who waits hears of whom', async () => {
  const [first, second] = [gate(), gate()];
  const order: string[] = [];
  const one = new FileLock().exclusively(async () => {
    first.open();
    await second.opened;
    order.push('one');
  }, nobody);
  await first.opened;
  const two = new FileLock().exclusively(
    async () => order.push('two'),
    (holder) => {
      order.push(`waits for ${holder}`);
      second.open();
    },
  );
  await Promise.all([one, two]);
  expect(order).toEqual([`waits for ${process.pid}`, 'one', 'two']);
});

test('what fails lets go of it', async () => {
  const failing = new FileLock().exclusively(() => Promise.reject(new Error('no luck')), nobody);
  await expect(failing).rejects.toThrow('no luck');
  await expect(new FileLock().exclusively(() => Promise.resolve(7), nobody)).resolves.toBe(7);
});

test('who is killed lets go of it', async () => {
  const holder = spawn('flock', ['--no-fork', join(folder, 'lock'), 'sleep', '60'], { stdio: 'ignore' });
  while (!(await heldBySomebody())) await new Promise((resolve) => setTimeout(resolve, 10));
  const waited = new FileLock().exclusively(
    () => Promise.resolve('mine'),
    () => holder.kill('SIGKILL'),
  );
  await expect(waited).resolves.toBe('mine');
});

const heldBySomebody = async (): Promise<boolean> => {
  const child = spawn('flock', ['--nonblock', join(folder, 'lock'), 'true'], { stdio: 'ignore' });
  return new Promise((resolve) => child.on('exit', (code) => resolve(code !== 0)));
};

test('a lock file that was unlinked while somebody waited is not taken for the lock', async () => {
  const path = join(folder, 'lock');
  const [inside, done] = [gate(), gate()];
  const one = new FileLock().exclusively(async () => {
    inside.open();
    await done.opened;
  }, nobody);
  await inside.opened;
  const two = new FileLock().exclusively(
    async () => readFile(path, 'utf8'),
    () => void unlink(path).then(done.open),
  );
  await one;
  await expect(two).resolves.toBe(`${process.pid}\n`);
});
