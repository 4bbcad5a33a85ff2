import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { inShort, whileUp } from './support.js';

const TO = ['10.9.0.', 'fd09::'] as const;
const HOSTS = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];

const topology = (nexthops4: string, nexthops6 = '[{ via: "fd01::3" }, { via: "fd02::3" }]'): string => `
name: t
networks:
  one: { kind: bridge, subnet: [10.1.0.0/24, "fd01::/64"] }
  two: { kind: bridge, subnet: [10.2.0.0/24, "fd02::/64"] }
nodes:
  a:
    networks: { one: { address: [10.1.0.2/24, "fd01::2/64"] }, two: { address: [10.2.0.2/24, "fd02::2/64"] } }
    routes: [{ to: 10.9.0.0/16, nexthops: ${nexthops4} }, { to: "fd09::/64", nexthops: ${nexthops6} }]
  b:
    networks: { one: { address: [10.1.0.3/24, "fd01::3/64"] }, two: { address: [10.2.0.3/24, "fd02::3/64"] } }
    loopback: [${TO.flatMap((it) => HOSTS.map((host) => `"${it}${host}"`)).join(', ')}]
`;

const ECMP = topology('[10.1.0.3, 10.2.0.3]');

const inA = async (host: Sandbox, script: string): Promise<string> =>
  host.sh(script, { namespace: await host.namespaceOf('a') });

/** The devices that flows to several addresses leave by. */
async function waysOf(host: Sandbox, to: string): Promise<readonly string[]> {
  const said = await inA(host, HOSTS.map((it) => `ip -o route get ${to}${it}`).join('; '));
  return [...new Set(said.match(/ dev \S+/g))].sort();
}

const routes = (host: Sandbox): Promise<string> =>
  inA(host, "{ ip route show to exact 10.9.0.0/16; ip -6 route show to exact fd09::/64; } | tr -s '\\n\\t ' ' '");

const ROUTES =
  '10.9.0.0/16 proto 201 nexthop via 10.1.0.3 dev eth0 weight 1 nexthop via 10.2.0.3 dev eth1 weight 1 ' +
  'fd09::/64 proto 201 metric 1024 pref medium nexthop via fd01::3 dev eth0 weight 1 nexthop via fd02::3 dev eth1 weight 1 ';

describe('a route by several gateways', () => {
  test(
    'takes each of them, and packets come through',
    whileUp(ECMP, async (host) => {
      expect(await routes(host)).toBe(ROUTES);
      for (const to of TO) {
        expect(await waysOf(host, to)).toEqual([' dev eth0', ' dev eth1']);
        await inA(host, HOSTS.map((it) => `ping -n -c 1 -w 5 ${to}${it}`).join(' && '));
      }
    }),
  );

  for (const lost of ['eth0', 'eth1'])
    test(
      `is whole again where ${lost} was lost, or the route itself`,
      whileUp(ECMP, async (host) => {
        for (const blow of [
          `ip link delete ${lost}`,
          `ip address flush dev ${lost}`,
          `ip link set dev ${lost} down`,
          'ip route replace 10.9.0.0/16 via 10.1.0.3 proto 201; ip -6 route replace fd09::/64 via fd02::3 proto 201',
          'ip route delete 10.9.0.0/16; ip -6 route delete fd09::/64 via fd01::3',
        ]) {
          await inA(host, blow);
          expect(await host.plan(), blow).not.toEqual([]);
          await host.pipewright('up', '--yes');
          expect(await routes(host), blow).toBe(ROUTES);
          expect(await host.plan(), blow).toEqual([]);
        }
      }),
    );

  test(
    'changes in place, to one gateway and back, and is as before where something beside it fails',
    whileUp(ECMP, async (host) => {
      const change = async (text: string): Promise<readonly string[]> => {
        await host.write('pipewright.yaml', text);
        const planned = inShort(await host.plan());
        await host.pipewright('up', '--yes');
        return planned;
      };
      expect(await change(topology('[{ via: 10.2.0.3, nic: eth1 }, { via: 10.1.0.3, weight: 3 }]'))).toEqual([
        'update a/10.9.0.0/16',
      ]);
      expect(await routes(host)).toContain('via 10.1.0.3 dev eth0 weight 3');
      await change(ECMP.replace(/nexthops: \[.*?\]/g, (it) => `via: ${it.includes('fd') ? '"fd02::3"' : '10.2.0.3'}`));
      for (const to of TO) expect(await waysOf(host, to)).toEqual([' dev eth1']);
      await change(ECMP);
      expect(await routes(host)).toBe(ROUTES);

      const before = await host.snapshot();
      const other = topology(
        '[{ via: 10.1.0.3, weight: 9 }, { via: 10.2.0.3 }]',
        '[{ via: "fd01::3" }, { via: "fd02::4" }]',
      );
      await host.write('pipewright.yaml', `${other}  z: { commands: ["false"] }\n`);
      expect(await host.tryPipewright('up', '--yes')).toMatchObject({ code: 1 });
      expect(await host.snapshot()).toEqual(before);
      await host.write('pipewright.yaml', ECMP);
    }),
  );

  test(
    'of somebody else waits while ours has its place, and is back with all its ways',
    onSandbox(async (host) => {
      await host.sh(`
        ip netns add web
        for it in 0 1; do
          ip -n web link add u$it type veth peer name w$it
          ip -n web link set u$it up; ip -n web link set w$it up
          ip -n web address add 192.0.2.$((it * 64 + 1))/26 dev u$it
        done
        ip -n web route add default nexthop via 192.0.2.2 dev u0 weight 2 nexthop via 192.0.2.66 dev u1`);
      const before = await host.snapshot();
      await host.pipewright('attach', 'web', '--network', 'br9', '--address', '10.9.0.2/24@10.9.0.1');
      expect(await host.sh('ip route show default', { namespace: 'web' })).toMatch(/^default via 10\.9\.0\.1 /);
      await host.pipewright('detach', 'web', '--nic', 'eth1');
      expect(await host.snapshot()).toEqual(before);
    }),
  );
});

test(
  'nexthops that cannot be are refused before anything is touched',
  onSandbox(async (host) => {
    for (const [nexthops, told] of [
      ['[10.1.0.3]', /two gateways or more/],
      ['[10.1.0.3, {}]', /nexthops\[1\]/],
      ['[10.1.0.3, ten]', /nexthops\[1\]/],
      ['[{ via: 10.1.0.3 }, { via: 10.3.0.3 }]', /10\.3\.0\.3 .* is in no subnet of a nic of node "a"/],
      ['[{ via: 10.1.0.3 }, { via: 10.3.0.3, nic: eth1 }]', /10\.3\.0\.3 .* is in no subnet of a\/eth1/],
      ['[{ via: 10.1.0.3 }, { via: 10.2.0.3, nic: eth7 }]', /no nic "eth7"[^]*eth0[^]*eth1/],
      ['[{ via: 10.1.0.3 }, { via: "fd02::3" }]', /other family/],
      ['[{ via: 10.1.0.3 }, { via: 10.1.0.3, weight: 2 }]', /must be another gateway/],
      ['[{ via: 10.1.0.3 }, { via: 10.2.0.3, weight: 0 }]', /weight/],
      ['[{ via: 10.1.0.3 }, { via: 10.2.0.3 }], via: 10.1.0.9', /nothing beside `nexthops`/],
      ['[{ via: 10.1.0.3 }, { via: 10.2.0.3 }], kind: blackhole', /leads nowhere/],
    ] as const) {
      await host.write('pipewright.yaml', topology(nexthops));
      const { code, stderr } = await host.tryPipewright('up', '--yes');
      expect([code, stderr], nexthops).toEqual([2, expect.stringMatching(told)]);
      expect(stderr).toMatch(/pipewright\.yaml:9:\d+/);
    }
  }),
);
