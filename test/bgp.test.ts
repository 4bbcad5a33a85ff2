import { cpSync } from 'node:fs';
import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { EXAMPLES, whyNoFrr } from './example-lines.js';
import { whileUp } from './support.js';

const TO = '10.99.3.0/24';

/** The devices by which leaf1 sends to the host behind leaf3, when they are those. */
const waysOnceThey = (host: Sandbox, are: string): Promise<string> =>
  host.sh(
    `for turn in $(seq 100); do
       ways=$(ip route show ${TO} | grep -o 'dev eth.' | sort | tr '\\n' ' ')
       [ "$ways" != '${are}' ] || break
       sleep 0.1
     done
     echo "$ways"`,
    { namespace: 'bgp-leaf1' },
  );

const BOTH = 'dev eth1 dev eth2 ';

test('a fabric with BGP: traffic goes by whichever spine there is, and up repairs what is broken', async (context) => {
  const reason = whyNoFrr();
  if (reason !== undefined) context.skip(reason);
  await onSandbox(async (host) => {
    cpSync(`${EXAMPLES}bgp`, host.path('.'), { recursive: true });
    const before = await host.snapshot();
    await host.pipewright('up', '--yes');
    const expectWays = async (ways: string): Promise<void> => {
      expect(await waysOnceThey(host, ways)).toBe(`${ways}\n`);
      expect(await host.ping('host1', '10.99.3.2')).toBe(true);
    };
    const repaired = async (): Promise<void> => {
      await host.pipewright('up', '--yes');
      await expectWays(BOTH);
      expect(await host.plan()).toEqual([]);
    };
    await expectWays(BOTH);
    // What was learned is nobody's difference.
    expect(await host.plan()).toEqual([]);

    await host.sh('ip link set dev eth1 down', { namespace: 'bgp-spine1' });
    await expectWays('dev eth2 ');
    await repaired();

    await host.sh('pkill -KILL -F /run/frr/bgp-spine2/bgpd.pid');
    await expectWays('dev eth1 ');
    const { stdout } = await host.pipewright('status');
    expect(stdout).toContain('spine2/bgpd is dead');
    await repaired();

    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
    expect(await host.sh('ls /run/frr /run/pipewright/processes 2>&1 || :')).not.toMatch(/^(bgp|[0-9a-f]{16})/m);
  })(context);
});

test(
  'routes and neighbours of a routing daemon are its own: no difference, kept, and not made again where their nic was lost',
  whileUp(
    `
name: t
networks: { lan: { kind: bridge, subnet: 10.1.0.0/24 } }
nodes: { web: { networks: [lan] }, db: { networks: [lan] } }
`,
    async (host) => {
      const namespace = 't-web';
      const learn = `
        ip route replace 10.9.0.0/16 via 10.1.0.3 proto bgp
        ip neighbour replace 169.254.0.1 lladdr 02:00:00:00:00:09 nud permanent dev eth0 protocol zebra
        ip route replace 10.8.0.0/16 via 10.1.0.3`;
      const shown = () => host.sh('ip route show via 10.1.0.3; ip neighbour show nud permanent', { namespace });
      await host.sh(learn, { namespace });
      expect(await host.plan()).toEqual([]);
      await host.sh('ip link set dev eth0 mtu 1400', { namespace });
      await host.pipewright('up', '--yes');
      expect(await shown()).toMatch(/^10\.8\.[^]*^10\.9\.[^]*^169\.254\.0\.1 /m);
      // Its cable is made anew.
      await host.sh('ip netns add away; ip link set t-web-eth0 netns away');
      await host.pipewright('up', '--yes');
      expect(await shown()).toMatch(/^10\.8\.0\.0\/16 dev eth0 *\n$/);
      await host.sh('ip netns delete away');
    },
  ),
);
