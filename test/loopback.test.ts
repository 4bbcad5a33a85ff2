import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { addresses, inShort, whileUp } from './support.js';

const ROUTERS = `
name: t
networks: { lan: { kind: bridge, subnet: [10.0.0.0/24, "fd00::/64"] } }
nodes:
  a:
    loopback: [10.255.0.1, "fd00:255::1"]
    networks:
      lan:
        address: [10.0.0.2/24, "fd00::2/64"]
        routes:
          - { to: 10.255.0.2, via: 10.0.0.3, src: 10.255.0.1 }
          - { to: "fd00:255::2", via: "fd00::3", src: "fd00:255::1" }
  b:
    loopback: [10.255.0.2, "fd00:255::2"]
    networks: { lan: { address: [10.0.0.3/24, "fd00::3/64"] } }
    routes: [{ to: 10.255.0.1, via: 10.0.0.2 }, { to: "fd00:255::1", via: "fd00::2" }]
`;

const reachesLoopbackOfB = async (host: Sandbox): Promise<void> => {
  for (const to of ['10.255.0.2', 'fd00:255::2'])
    await host.sh(`ping -n -c 1 -w 5 ${to}`, { namespace: await host.namespaceOf('a') });
};

test(
  'routers reach each other by the addresses of their loopbacks, which are in status and come back where they are lost',
  whileUp(ROUTERS, async (host) => {
    await reachesLoopbackOfB(host);
    expect(await addresses(host, 'a', 'lo')).toEqual(['127.0.0.1/8', '10.255.0.1/32', 'fd00:255::1/128', '::1/128']);
    expect((await host.pipewright('status', 't')).stdout).toMatch(/ lo +up +10\.255\.0\.1\/32 fd00:255::1\/128 /);

    await host.sh('ip address flush dev lo scope global', { namespace: await host.namespaceOf('a') });
    expect(inShort(await host.plan())).toContain('create a/lo/10.255.0.1/32');
    await host.pipewright('up', '--yes');
    await reachesLoopbackOfB(host);

    await host.write('pipewright.yaml', ROUTERS.replace('[10.255.0.2, "fd00:255::2"]', '10.255.0.3/32'));
    await host.pipewright('up', '--yes');
    expect(await addresses(host, 'b', 'lo')).toEqual(['127.0.0.1/8', '10.255.0.3/32', '::1/128']);
  }),
);

test(
  'a namespace that was there, with IPv6 off, has its loopback as before when the topology is down',
  onSandbox(async (host) => {
    await host.sh(
      'ip netns add web; ip -n web link set lo up; ip netns exec web sysctl -qw net.ipv6.conf.all.disable_ipv6=1',
    );
    const before = await host.snapshot();
    await host.write(
      'pipewright.yaml',
      'name: t\nnodes: { web: { namespace: web, loopback: [10.255.0.1, "fd00:255::1"] } }\n',
    );
    await host.pipewright('up', '--yes');
    expect(await host.sh('ip -o address show dev lo', { namespace: 'web' })).toMatch(
      /10\.255\.0\.1\/32[^]*fd00:255::1\/128/,
    );
    expect(await host.plan()).toEqual([]);
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);
