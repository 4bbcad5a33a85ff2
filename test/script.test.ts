import { onSandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';

const TOPOLOGIES = {
  'addresses, routes, rules and a cable': `
name: t
networks:
  lan: { kind: bridge, subnet: [10.0.0.0/24, "fd00:1::/64"], address: 10.0.0.1/24 }
nodes:
  a:
    networks: { lan: { mtu: 1400, routes: [{ to: 10.9.0.0/16, via: 10.0.0.3, metric: 50 }], neighbours: [{ to: 10.0.0.77, mac: "02:00:00:00:00:77" }] } }
    rules: [{ from: 10.0.0.2/32, table: 100, priority: 1000 }]
    sysctls: { net.ipv4.ip_forward: 1, net.ipv4.ip_local_port_range: "2000 3000" }
  b: { networks: { lan: { name: uplink-to-the-first-floor } } }
links:
  - [a:x0, b:x0]
`,
  'two nodes and a cable': 'name: t\nnodes: { a: {}, b: {} }\nlinks: [[a:x0, b:x0]]\n',
};

for (const [what, topology] of Object.entries(TOPOLOGIES))
  test(
    `the script of a plan does what up does: ${what}`,
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', topology);
      await host.pipewright('up', '--yes');
      const up = await host.snapshot();
      await host.pipewright('down', '--yes');
      const down = await host.snapshot();

      const { stdout } = await host.pipewright('plan', '--script');
      await host.write('by-hand.sh', stdout);
      expect(await host.snapshot()).toEqual(down);
      await host.sh('sh -n by-hand.sh && env -i PATH="$PATH" sh by-hand.sh');
      expect(await host.snapshot()).toEqual(up);
      expect(await host.plan()).toEqual([]);
      await host.pipewright('down', '--yes');
      expect(await host.snapshot()).toEqual(down);
    }),
  );

test(
  'what a script made in a namespace of somebody else is ours, also what sits on no device',
  onSandbox(async (host) => {
    await host.write(
      'pipewright.yaml',
      `name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes:
  red:
    namespace: red
    networks: { lan: { address: 10.0.0.2/24 } }
    routes: [{ to: 10.9.0.0/16, kind: blackhole }]
    rules: [{ from: 10.0.0.0/24, table: 100 }]
`,
    );
    await host.sh('ip netns add red');
    const before = await host.snapshot();
    await host.write('by-hand.sh', (await host.pipewright('plan', '--script')).stdout);
    await host.sh('sh by-hand.sh');
    expect(await host.plan()).toEqual([]);
    await host.pipewright('up', '--yes');
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'the script of a change changes only that',
  onSandbox(async (host) => {
    const topology = TOPOLOGIES['two nodes and a cable'];
    await host.write('pipewright.yaml', topology);
    await host.pipewright('up', '--yes');
    await host.write('pipewright.yaml', topology.replace('b:x0', '{ node: b, nic: x0, address: 10.0.0.1/24 }'));
    await host.write('by-hand.sh', (await host.pipewright('plan', '--script')).stdout);
    await host.sh('sh by-hand.sh');
    expect(await host.plan()).toEqual([]);
  }),
);

test(
  'a script stops at the first command that fails',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', TOPOLOGIES['two nodes and a cable']);
    await host.write('by-hand.sh', (await host.pipewright('plan', '--script')).stdout);
    await host.sh('ip netns add t-a');
    expect((await host.run(['sh', 'by-hand.sh'])).code).not.toBe(0);
    expect(await host.namespaces()).toEqual(['t-a']);
  }),
);
