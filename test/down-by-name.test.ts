import { onSandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';

const TOPOLOGY = `
name: t
networks: { lan: { kind: bridge, bridge: br1, subnet: 10.0.0.0/24, address: 10.0.0.1/24 }, made: { kind: bridge } }
nodes: { a: { networks: [lan, made] }, b: { networks: [lan] }, c: {} }
links: [[a:x0, c:x0], [b:x0, host:pw0]]
`;

const LOST: readonly (readonly [what: string, script: string])[] = [
  ['its file', 'rm pipewright.yaml'],
  ['its state', 'rm -rf /run/pipewright /var/lib/pipewright'],
  ['both', 'rm -rf pipewright.yaml /run/pipewright /var/lib/pipewright'],
];

describe('down by name takes everything away without', () => {
  for (const [what, script] of LOST)
    test(
      what,
      onSandbox(async (host) => {
        await host.write('pipewright.yaml', TOPOLOGY);
        const before = await host.snapshot();
        await host.pipewright('up', '--yes');
        await host.sh(script);
        await host.pipewright('down', 't', '--yes');
        expect(await host.snapshot()).toEqual(before);
      }),
    );
});

test(
  'down by a file takes no offence at what has become wrong with it',
  onSandbox(async (host) => {
    const before = await host.snapshot();
    for (const wrong of ['networks: { lan: { address: 10.9.9.9/24 } } }', 'networks: [lan], colour: "${NOT_SET}" }']) {
      await host.write('pipewright.yaml', TOPOLOGY);
      await host.pipewright('up', '--yes');
      await host.write('pipewright.yaml', TOPOLOGY.replace('networks: [lan] }', wrong));
      expect((await host.tryPipewright('plan')).code).toBe(2);
      await host.pipewright('down', '--yes');
      expect(await host.snapshot()).toEqual(before);
    }
  }),
);

test(
  'a namespace that a process still uses is emptied of what is ours, and the process is named',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', TOPOLOGY);
    const before = await host.snapshot();
    await host.pipewright('up', '--yes');
    const pid = (await host.sh('sleep 1000 > /dev/null 2>&1 & echo $!', { namespace: 't-a' })).trim();
    const { stdout, stderr } = await host.pipewright('down', '--yes');
    expect(stdout + stderr).toMatch(new RegExp(`\\b${pid}\\b`));
    expect((await host.ip(undefined, 'link', 'show')).map(({ ifname }) => ifname)).toEqual(['lo']);
    expect(await host.namespaces()).toEqual([]);
    await host.sh(
      `kill -KILL ${pid}; while kill -0 ${pid} 2> /dev/null && ! grep -q '^State:.Z' /proc/${pid}/status; do sleep 0.01; done`,
    );
    expect(await host.snapshot()).toEqual(before);
  }),
);

const RUNNING = `
sleep 1000 > /dev/null 2>&1 & echo $!
setsid sh -c 'trap "" TERM; while :; do sleep 0.1; done' > /dev/null 2>&1 & echo $!`;

test(
  'what runs in its namespaces is ended with --kill, also what does not want to or has just started, and nothing else',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', TOPOLOGY);
    const outside = (await host.sh('sleep 1000 > /dev/null 2>&1 & echo $!')).trim();
    const before = await host.snapshot();
    await host.pipewright('up', '--yes');
    const alive = async (pids: string) =>
      host.sh(`for it in ${pids}; do grep -sq '^State:.[^Z]' /proc/$it/status && echo alive; done; true`);
    const inside = (await host.sh(RUNNING, { namespace: 't-a' })).trim().replace('\n', ' ');
    expect(await alive(inside)).toBe('alive\nalive\n');
    const { stdout, stderr } = await host.pipewright('down', '--yes', '--kill', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ held: [] });
    expect(stderr).not.toContain('lives on');
    expect(await alive(inside)).toBe('');
    expect(await alive(outside)).toBe('alive\n');
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'who lives on in a namespace that is gone is told',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', TOPOLOGY);
    await host.pipewright('up', '--yes');
    const start = async (namespace: string) =>
      (await host.sh('sleep 50 > /dev/null 2>&1 & echo $!', { namespace })).trim();
    const [one, other, third] = [await start('t-a'), await start('t-a'), await start('t-b')];
    const { stderr } = await host.pipewright('down', '--yes');
    const pids = [one, other].sort((a, b) => Number(a) - Number(b)).join(', ');
    expect(stderr).toContain(
      `the namespace of a lives on, without a name, until pids ${pids} end; to end them: kill ${pids.replaceAll(',', '')}\n`,
    );
    expect(stderr).toContain(
      `the namespace of b lives on, without a name, until pid ${third} ends; to end it: kill ${third}\n`,
    );
  }),
);

test(
  'down of a name that nothing bears is no error and touches nothing',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', TOPOLOGY);
    await host.pipewright('up', '--yes');
    const up = await host.snapshot();
    await host.pipewright('down', 'other', '--yes');
    expect(await host.snapshot()).toEqual(up);
  }),
);
