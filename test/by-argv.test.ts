import { onSandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { addresses } from './support.js';

const ARGUMENTS = [
  '-n',
  't',
  '--network',
  'lan=bridge,subnet=10.0.0.0/24',
  '--node',
  'a:networks=lan',
  '--node',
  'b:networks=lan',
  '--link',
  'a:c0,b:c0',
];

const SAME = `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes: { a: { networks: [lan] }, b: { networks: [lan] } }
links: [[a:c0, b:c0]]
`;

test(
  'a topology on the command line is what it would be in a file',
  onSandbox(async (host) => {
    const before = await host.snapshot();
    await host.pipewright('up', ...ARGUMENTS, '--yes');
    expect(await addresses(host, 'b', 'eth0')).toEqual(['10.0.0.3/24']);
    await host.write('same.yaml', SAME);
    expect(await host.plan('same.yaml')).toEqual([]);
    expect(await host.ping('a', 'b', 'same.yaml')).toBe(true);
    await host.pipewright('down', 't', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'up asks on a terminal, and takes only yes for an answer',
  onSandbox(async (host) => {
    const before = await host.snapshot();
    const answer = (text: string) =>
      host.run(['script', '-qec', [...host.cli, 'up', ...ARGUMENTS].join(' '), '/dev/null'], { input: `${text}\n` });
    expect((await answer('n')).code).not.toBe(0);
    expect(await host.snapshot()).toEqual(before);
    expect((await answer('y')).code).toBe(0);
    expect(await host.namespaces()).toEqual(['t-a', 't-b']);
  }),
);
