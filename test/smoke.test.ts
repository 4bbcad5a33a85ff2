import { onSandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';

const SHOP = `
name: shop
networks:
  front: { kind: bridge, subnet: 10.10.0.0/24 }
nodes:
  web: { networks: [front] }
  redis: { networks: { front: { address: 10.10.0.5/24 } } }
  probe: {}
links:
  - [web:eth5, probe:eth1]
`;

test(
  'up, reach each other, change nothing more, down without a trace',
  onSandbox(async (host) => {
    await host.write('shop.yaml', SHOP);
    const before = await host.snapshot();
    await host.pipewright('up', '-f', 'shop.yaml', '--yes');
    expect(await host.ping('web', 'redis', 'shop.yaml')).toBe(true);
    expect(await host.plan('shop.yaml')).toEqual([]);
    const { nodes, drift } = await host.status('shop.yaml');
    expect(nodes.map(({ name }) => name)).toEqual(['web', 'redis', 'probe']);
    expect(nodes[1]?.interfaces).toMatchObject([{ name: 'eth0', mtu: 1500, addresses: ['10.10.0.5/24'] }]);
    expect(drift).toEqual([]);
    await host.pipewright('down', '-f', 'shop.yaml', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);
