import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { beforeAll, expect, test, vi } from 'vitest';
import { bundle } from './bundle.js';

vi.setConfig({ testTimeout: 1_200_000 });

/** `TRIES=100000` takes some minutes, and lets those that lose go on, too. */
const given = process.env['TRIES'];
const TRIES = Number(given ?? 2000);

type Tally = Readonly<Record<'tries' | 'written' | 'refused' | 'astray', number>>;

let runner = '';
beforeAll(async () => {
  runner = await bundle('hosts-race-runner');
});

/** What became of so many writes to a file that is exchanged for a link to the host's meanwhile. */
async function race(host: Sandbox, ...words: readonly string[]): Promise<Tally> {
  await host.sh('mkdir root; mount -t tmpfs none root');
  const { code, stdout, stderr } = await host.run([process.execPath, runner, 'race', ...words]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  if (given !== undefined) console.info(words.join(' '), stdout);
  return JSON.parse(stdout) as Tally;
}

for (const attack of ['file', 'folder'])
  test(
    `a ${attack} that a container exchanges for the host's never leads us there`,
    onSandbox(async (host) => {
      const { written, refused, astray } = await race(host, attack, 'ours', String(TRIES));
      expect(astray).toBe(0);
      expect(Math.min(written, refused)).toBeGreaterThan(0); // the rival was there
    }),
  );

// The control: what the tests above would see.
for (const [attack, writer] of [
  ['file', 'looks'],
  ['folder', 'no-follow'],
] as const)
  test(
    `the same ${attack} leads a writer astray that only ${writer === 'looks' ? 'looks first' : 'does not follow it in the last step'}`,
    onSandbox(async (host) => {
      const { astray } = await race(host, attack, writer, ...(given === undefined ? ['100000', 'losing'] : [given]));
      expect(astray).toBeGreaterThan(0);
    }),
  );
