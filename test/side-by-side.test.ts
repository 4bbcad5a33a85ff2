import { onSandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';

const topology = (name: string, subnet: string): string => `
name: ${name}
networks: { lan: { kind: bridge, subnet: ${subnet} } }
nodes: { a: { networks: [lan] }, b: { networks: [lan] } }
links: [[a:x0, b:x0]]
`;

test(
  'two topologies with the same words in them do not disturb each other',
  onSandbox(async (host) => {
    await host.write('one.yaml', topology('one', '10.0.0.0/24'));
    await host.write('two.yaml', topology('two', '10.0.0.0/24'));
    const before = await host.snapshot();
    await host.pipewright('up', '-f', 'one.yaml', '--yes');
    const one = await host.snapshot();
    await host.pipewright('up', '-f', 'two.yaml', '--yes');
    expect(await host.plan('one.yaml')).toEqual([]);
    expect(await host.plan('two.yaml')).toEqual([]);
    expect((await host.status('one.yaml')).nodes.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(await host.ping('a', '10.0.0.3', 'one.yaml')).toBe(true);
    await host.pipewright('down', '-f', 'two.yaml', '--yes');
    expect(await host.snapshot()).toEqual(one);
    await host.pipewright('down', '-f', 'one.yaml', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'two commands at the same time: both do their work',
  onSandbox(async (host) => {
    await host.write('one.yaml', topology('one', '10.1.0.0/24'));
    await host.write('two.yaml', topology('two', '10.2.0.0/24'));
    await Promise.all(['one.yaml', 'two.yaml', 'one.yaml'].map((file) => host.pipewright('up', '-f', file, '--yes')));
    expect([...(await host.plan('one.yaml')), ...(await host.plan('two.yaml'))]).toEqual([]);
    await Promise.all(['one', 'two'].map((name) => host.pipewright('down', name, '--yes')));
    expect(await host.namespaces()).toEqual([]);
  }),
);

test(
  "a name that begins another's is another",
  onSandbox(async (host) => {
    await host.write('lab.yaml', topology('lab', '10.1.0.0/24'));
    await host.write('lab-a.yaml', topology('lab-a', '10.2.0.0/24'));
    await host.pipewright('up', '-f', 'lab-a.yaml', '--yes');
    const other = await host.snapshot();
    await host.pipewright('up', '-f', 'lab.yaml', '--yes');
    await host.pipewright('down', 'lab', '--yes');
    expect(await host.snapshot()).toEqual(other);
  }),
);

test(
  'a plan names what others lose by it: nics in namespaces that go, ports of bridges that go',
  onSandbox(async (host) => {
    const joins = (name: string, on: string, node: string): string =>
      `name: ${name}\nnetworks: { lan: ${on} }\nnodes: { z: ${node} }\n`;
    await host.write('one.yaml', topology('one', '10.1.0.0/24'));
    await host.write('two.yaml', joins('two', '{ kind: bridge }', '{ namespace: one-a, networks: [lan] }'));
    await host.write('six.yaml', joins('six', '{ kind: bridge, bridge: one-lan, adopt: true }', '{ networks: [lan] }'));
    for (const name of ['one', 'two', 'six']) await host.pipewright('up', '-f', `${name}.yaml`, '--yes');
    const { stdout } = await host.pipewright('down', 'one', '--dry-run');
    expect(stdout.slice(stdout.indexOf('Disturbed')).trimEnd().split('\n').toSorted()).toEqual([
      '  a: eth1 of topology "two" goes with its namespace',
      '  the host: six-z-eth0 of topology "six" is no port of lan any more',
      'Disturbed',
    ]);
    for (const name of ['two', 'six', 'one']) await host.pipewright('down', name, '--yes');
  }),
);

test(
  'a device that another topology owns is not taken over',
  onSandbox(async (host) => {
    await host.write('one.yaml', topology('one', '10.1.0.0/24').replace('bridge,', 'bridge, bridge: br1,'));
    await host.write('two.yaml', topology('two', '10.2.0.0/24').replace('bridge,', 'bridge, bridge: br1,'));
    await host.pipewright('up', '-f', 'one.yaml', '--yes');
    const one = await host.snapshot();
    const { code, stderr } = await host.tryPipewright('up', '-f', 'two.yaml', '--yes');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/br1.*"one"|"one".*br1/s) as string });
    expect(stderr).toContain('`pipewright down one`');
    expect(await host.snapshot()).toEqual(one);
  }),
);
