import { fileURLToPath } from 'node:url';
import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { pair } from './support.js';

const CLI = fileURLToPath(new URL('../packages/cli', import.meta.url));
const WHICH_SAYS = /rtnetlink cannot be used in process \(.*koffi.*\): iproute2's programs are/;

/** The CLI as it is where the foreign function library did not install. */
async function alone(host: Sandbox, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  await host.sh(`mkdir -p cli && cp -r ${CLI}/bin ${CLI}/dist cli/`);
  return host.run([host.cli[0] ?? '', 'cli/bin/pipewright.cjs', ...words], {
    env: { PIPEWRIGHT_EXECUTOR: '', ...env },
  });
}

test(
  'without the library iproute2 does it, and that is said',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', pair());
    const up = await alone(host, ['up', '--yes']);
    expect(up).toMatchObject({ code: 0, stderr: expect.stringMatching(WHICH_SAYS) as string });
    expect(await host.ping('a', 'b')).toBe(true);
    expect(await host.plan()).toEqual([]);
    expect(await alone(host, ['down', '--yes', '--json'])).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(WHICH_SAYS) as string,
    });
  }),
);

test(
  'who asks for netlink is told that it is not to be had',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', pair());
    const { code, stderr } = await alone(host, ['up', '--yes'], { PIPEWRIGHT_EXECUTOR: 'netlink' });
    expect({ code, stderr }).toMatchObject({ code: 4, stderr: expect.stringContaining('PW_NO_NETLINK') as string });
  }),
);

test(
  'an executor that there is not',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', pair());
    const { code, stderr } = await alone(host, ['up', '--yes'], { PIPEWRIGHT_EXECUTOR: 'magic' });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('one of netlink, shell') as string,
    });
  }),
);
