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

for (const [where, lan] of [
  ['a bridge that they share', 'kind: bridge, bridge: br9, shared: true'],
  ['one NIC', 'kind: macvlan, parent: nic0'],
] as const)
  test(
    `topologies on ${where} are given different addresses, and reach each other`,
    onSandbox(async (host) => {
      await host.sh('ip link add nic0 type veth peer name wire; ip link set nic0 up; ip link set wire up');
      const file = (name: string, nodes: string) =>
        `name: ${name}\nnetworks: { lan: { ${lan}, subnet: 10.0.0.0/24 } }\nnodes: { ${nodes} }\n`;
      await host.write('one.yaml', file('one', 'a: { networks: [lan] }'));
      await host.write('two.yaml', file('two', 'b: { networks: [lan] }'));
      const before = await host.snapshot();
      for (const it of ['one', 'two']) await host.pipewright('up', '-f', `${it}.yaml`, '--yes');
      const of = async (namespace: string) =>
        /inet (\S+)\//.exec(await host.sh('ip addr show eth0', { namespace }))?.[1];
      expect([await of('one-a'), await of('two-b')]).toEqual(['10.0.0.2', '10.0.0.3']);
      await host.sh('ping -n -c 1 -W 2 10.0.0.3', { namespace: 'one-a' });
      // A node that comes later is given none of the other's either.
      await host.write('one.yaml', file('one', 'a: { networks: [lan] }, c: { networks: [lan] }'));
      await host.pipewright('up', '-f', 'one.yaml', '--yes');
      expect([await of('one-a'), await of('one-c')]).toEqual(['10.0.0.2', '10.0.0.4']);
      await host.sh('ip netns add guest');
      await host.pipewright('attach', 'guest', '-n', 'one', '--network', 'lan', '--nic', 'eth0');
      expect(await of('guest')).toBe('10.0.0.5');
      await host.pipewright('detach', 'guest', '-n', 'one');
      await host.sh('ip netns del guest');
      for (const it of ['one', 'two']) {
        expect(await host.plan(`${it}.yaml`)).toEqual([]);
        await host.pipewright('down', it, '--yes');
      }
      expect(await host.snapshot()).toEqual(before);
    }),
  );

test(
  'an address that another topology has on a NIC is refused before anything is touched, to what is attached too',
  onSandbox(async (host) => {
    await host.sh(
      'ip link add nic0 type veth peer name wire; ip link set nic0 up; ip link set wire up; ip netns add guest',
    );
    const file = (name: string, node: string, parent: string) =>
      host.write(
        `${name}.yaml`,
        `name: ${name}
networks: { lan: { kind: macvlan, parent: ${parent} } }
nodes: { ${node}: { networks: { lan: { address: 10.0.0.7/24 } } } }
`,
      );
    const up = (name: string) => host.pipewright('up', '-f', `${name}.yaml`, '--yes');
    const twice = /^exit 2:[^]* 10.0.0.7 is given twice: to a\/eth0 of topology "one" and to /;
    await file('one', 'a', 'nic0');
    await up('one');
    const before = await host.snapshot();
    await file('two', 'b', 'nic0');
    await expect(up('two')).rejects.toThrow(twice);
    await expect(host.pipewright('attach', 'guest', '--network', 'nic0', '--address', '10.0.0.7/24')).rejects.toThrow(
      twice,
    );
    expect(await host.snapshot()).toEqual(before);
    // On another nobody has it.
    await file('two', 'b', 'wire');
    await up('two');
    for (const it of ['one', 'two']) await host.pipewright('down', it, '--yes');
  }),
);

test(
  'an address that another topology has on a bridge is refused before anything is touched, until it is released',
  onSandbox(async (host) => {
    const file = (name: string, node: string, address = '10.0.0.7/24', more = 'shared: true') =>
      host.write(
        `${name}.yaml`,
        `name: ${name}
networks: { lan: { kind: bridge, bridge: br9, ${more} } }
nodes:
  ${node}:
    networks:
      lan:
        address: ${address}
`,
      );
    const up = (name: string) => host.pipewright('up', '-f', `${name}.yaml`, '--yes');
    const refused = (owner: string): RegExp =>
      new RegExp(
        `^exit 2:[^]*: The address 10.0.0.7 is given twice: to ${owner} and to b/eth0\\.[^]*at two.yaml:7:18\n`,
      );
    const clean = await host.snapshot();
    await file('one', 'a');
    await up('one');
    const before = await host.snapshot();
    for (const more of ['shared: true', 'adopt: true']) {
      await file('two', 'b', '10.0.0.7/24', more);
      await expect(up('two')).rejects.toThrow(refused('a/eth0 of topology "one"'));
      expect(await host.snapshot()).toEqual(before);
    }
    // Another is taken, and its own when it is there already; what the other has released is free.
    await file('two', 'b', '10.0.0.8/24');
    await up('two');
    expect(await host.plan('two.yaml')).toEqual([]);
    await file('one', 'a', '10.0.0.9/24');
    await up('one');
    await file('two', 'b');
    await up('two');
    // What is attached to the bridge is told the same, in pipework's words, too.
    await host.sh('ip netns add guest');
    const twice =
      /^exit [12]:[^]*: The address 10.0.0.7 is given twice: to b\/eth0 of topology "two" and to guest\/eth1\./;
    await expect(host.pipewright('attach', 'guest', '--network', 'br9', '--address', '10.0.0.7/24')).rejects.toThrow(
      twice,
    );
    await expect(host.pipewright('pipework', 'br9', 'guest', '10.0.0.7/24')).rejects.toThrow(twice);
    for (const it of ['one', 'two']) await host.pipewright('down', it, '--yes');
    // What was attached has it, too.
    await host.pipewright('attach', 'guest', '--network', 'br9', '--address', '10.0.0.7/24');
    await expect(up('two')).rejects.toThrow(refused('guest/eth1 of topology "adhoc"'));
    await host.pipewright('detach', 'guest');
    await host.sh('ip netns del guest');
    expect(await host.snapshot()).toEqual(clean);
  }),
);
