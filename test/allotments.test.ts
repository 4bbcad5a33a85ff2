import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { addresses } from './support.js';

const topology = (...nodes: readonly string[]): string => `
name: t
networks: { lan: { kind: bridge, bridge: br0, subnet: [10.0.0.0/24, "fd00::/64"] } }
nodes: { ${nodes.map((node) => `${node}: { networks: [lan] }`).join(', ')} }
`;

const KEPT = '/var/lib/pipewright/t/allotments.json';

const bringUp = async (host: Sandbox, ...nodes: readonly string[]): Promise<readonly (readonly string[])[]> => {
  await host.write('pipewright.yaml', topology(...nodes));
  await host.pipewright('up', '--yes');
  return Promise.all([...nodes].sort().map((node) => addresses(host, node, 'eth0')));
};

/** What a reboot takes: everything in the kernel, and /run. */
async function reboot(host: Sandbox): Promise<void> {
  for (const name of await host.namespaces()) await host.sh(`ip netns del ${name}`);
  await host.sh('ip link del dev br0; rm -r /run/pipewright');
}

test(
  'after a reboot nobody moves, whatever was added above; down forgets',
  onSandbox(async (host) => {
    const before = await host.snapshot();
    const [a, b, c] = await bringUp(host, 'a', 'b', 'c');
    await reboot(host);
    // A newcomer gets what is free: a's address is still a's.
    expect(await bringUp(host, 'c', 'aa', 'b', 'a')).toEqual([a, ['10.0.0.5/24', 'fd00::5/64'], b, c]);
    await reboot(host);
    // Who is gone is forgotten with the next up.
    expect(await bringUp(host, 'b', 'c')).toEqual([b, c]);
    expect(await bringUp(host, 'd', 'b', 'c')).toEqual([b, c, a]);
    expect(await host.plan()).toEqual([]);
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
    expect((await host.sh('ls -A /var/lib/pipewright')).trim()).toBe('');
  }),
);

test(
  'a topology that a reboot took is forgotten by down all the same',
  onSandbox(async (host) => {
    await bringUp(host, 'a');
    await reboot(host);
    await host.pipewright('down', 't', '--yes');
    expect((await host.sh('ls -A /var/lib/pipewright')).trim()).toBe('');
  }),
);

test(
  'a disk that takes no writing is a warning, not a failure',
  onSandbox(async (host) => {
    await host.sh('mkdir /var/lib/pipewright; mount -t tmpfs -o ro none /var/lib/pipewright');
    await host.write('pipewright.yaml', topology('a'));
    const { stderr } = await host.pipewright('up', '--yes');
    expect(stderr).toMatch(/^warning: .*written down.*PW_ALLOTMENTS_UNKEPT/m);
    expect(await addresses(host, 'a', 'eth0')).toEqual(['10.0.0.2/24', 'fd00::2/64']);
    expect((await host.pipewright('down', '--yes')).stderr).not.toMatch(/warning/);
  }),
);

test(
  'a torn file is a warning that names it, and is written anew',
  onSandbox(async (host) => {
    await host.write(KEPT, '{ "format": 1');
    await host.write('pipewright.yaml', topology('a'));
    expect((await host.pipewright('up', '--yes')).stderr).toContain(`rm ${KEPT}`);
    expect(await host.read(KEPT)).toContain('10.0.0.2/24');
    expect((await host.pipewright('up', '--yes')).stderr).not.toMatch(/warning/);
  }),
);
