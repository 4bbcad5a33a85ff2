import { onSandbox, Sandbox, whyNoSandbox } from '@pipewright/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { addresses, ifindex, inShort } from './support.js';

const NUMBERS = [1, 2, 3] as const;
const others = (number: number): string =>
  `[${NUMBERS.filter((it) => it !== number)
    .map((it) => `198.51.100.${String(it)}`)
    .join(', ')}]`;

/** The file of one machine: a node of its own in the segment that all of them have. */
const fileOf = (number: number, options = `remotes: ${others(number)}`): string => `
name: t${String(number)}
networks: { lan: { kind: vxlan, id: 42, ${options}, subnet: 10.0.0.0/24 } }
nodes: { n${String(number)}: { networks: { lan: { address: 10.0.0.1${String(number)}/24 } } } }`;

const reason = whyNoSandbox();
if (reason !== undefined) console.warn(`tunnels between machines are not tested: ${reason}`);

describe.skipIf(reason !== undefined)('three machines on one wire, each with a file of its own', () => {
  let wire: Sandbox;
  let machines: readonly Sandbox[];
  const at = (number: number): Sandbox => machines[number - 1]!;

  beforeAll(async () => {
    [wire, ...machines] = (await Promise.all([0, ...NUMBERS].map(() => Sandbox.start()))) as [Sandbox, ...Sandbox[]];
    await wire.sh('ip link add name hub type bridge; ip link set dev hub up');
    for (const number of NUMBERS) {
      await at(number).plug('eth0', wire, `port${String(number)}`);
      await at(number).sh(`ip addr add 198.51.100.${String(number)}/24 dev eth0`);
    }
  });
  afterAll(async () => {
    await Promise.all([wire, ...machines].map((it) => it.stop()));
  });

  const upAll = async (file: (number: number) => string): Promise<void> => {
    for (const number of NUMBERS) {
      await at(number).write('pipewright.yaml', file(number));
      await at(number).pipewright('up', '--yes', '--quiet');
    }
  };
  const reaches = async (from: number, to: string, ...how: readonly string[]): Promise<boolean> =>
    (
      await at(from).run(['ping', '-n', '-c', '1', '-w', '5', ...how, to], {
        namespace: `t${String(from)}-n${String(from)}`,
      })
    ).code === 0;

  /** What passes the wire while `body` runs, a line a packet. */
  async function captured(filter: string, body: () => Promise<void>): Promise<readonly string[]> {
    wire.spawn(['sh', '-c', `exec tcpdump --immediate-mode -n -l -i hub ${filter} > seen 2> log`]);
    await vi.waitFor(async () => expect(await wire.read('/mnt/log')).toContain('listening'), 10_000);
    await body();
    await wire.sh('sleep 1; kill "$(pidof tcpdump)"; while pidof tcpdump; do sleep 0.02; done');
    return (await wire.read('/mnt/seen')).split('\n').filter((line) => line !== '');
  }

  test('every node reaches every other, in packets of the size that fits, and down leaves each as it was', async () => {
    const before = await Promise.all(machines.map((it) => it.snapshot()));
    await upAll(fileOf);
    for (const from of NUMBERS)
      for (const to of NUMBERS) if (from !== to) expect(await reaches(from, `10.0.0.1${String(to)}`)).toBe(true);
    const [shown] = await at(1).ip('n1', 'link', 'show', 'dev', 'eth0');
    expect(shown?.['mtu']).toBe(1450);

    const seen = await captured('-v udp port 4789', async () => {
      expect(await reaches(1, '10.0.0.12', '-M', 'do', '-s', '1422')).toBe(true);
    });
    const whole = seen.flatMap((line, index) => (line.endsWith('length 1500)') ? [seen[index + 1] ?? ''] : []));
    expect(whole).toHaveLength(2);
    expect(whole[0]).toMatch(/198\.51\.100\.1\.\d+ > 198\.51\.100\.2\.4789: .*vni 42/);
    expect(seen.join('\n')).not.toContain('flags [+]'); // of a fragment

    for (const it of machines) expect(await it.plan()).toEqual([]);
    for (const it of machines) await it.pipewright('down', '--yes', '--quiet');
    expect(await Promise.all(machines.map((it) => it.snapshot()))).toEqual(before);
  });

  test('a broadcast arrives at each once', async () => {
    await upAll(fileOf);
    const arrived = async (number: number): Promise<number> => {
      const out = await at(number).sh('nstat -asz IcmpMsgInType8 2> /dev/null || cat /proc/net/snmp', {
        namespace: `t${String(number)}-n${String(number)}`,
      });
      return Number(/InType8\s+(\d+)/.exec(out)?.[1] ?? 0);
    };
    for (const number of NUMBERS)
      await at(number).sh('echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_broadcasts', {
        namespace: `t${String(number)}-n${String(number)}`,
      });
    const had = await Promise.all([2, 3].map(arrived));
    await reaches(1, '10.0.0.255', '-b');
    expect((await Promise.all([2, 3].map(arrived))).map((it, index) => it - (had[index] ?? 0))).toEqual([1, 1]);
  });

  test('a machine that is named no more is no more flooded to; what changes in place keeps the device', async () => {
    const number = await ifindex(at(1), undefined, 't1-lan-vxlan');
    await at(1).write(
      'pipewright.yaml',
      fileOf(1, 'remotes: 198.51.100.2, ttl: 9, tos: 4, learning: false, ageing: 60'),
    );
    expect(inShort(await at(1).plan())).toEqual(['delete lan:vxlan/198.51.100.3', 'update lan:vxlan']);
    await at(1).pipewright('up', '--yes', '--quiet');
    expect(await at(1).plan()).toEqual([]);
    expect(await ifindex(at(1), undefined, 't1-lan-vxlan')).toBe(number);
    const shown = await at(1).sh('ip -d link show dev t1-lan-vxlan');
    for (const words of ['nolearning', 'tos 0x4', 'ttl 9', 'ageing 60']) expect(shown).toContain(words);
    expect(await reaches(1, '10.0.0.12')).toBe(true);
    expect(await at(1).sh('bridge fdb show dev t1-lan-vxlan | grep ^00:00:00:00:00:00')).toBe(
      '00:00:00:00:00:00 dst 198.51.100.2 self permanent\n',
    );
  });

  test('a group joins them too, and a nic may be the tunnel itself', async () => {
    const group = 'group: 239.1.1.1, dev: eth0';
    await upAll((number) => fileOf(number, number === 3 ? `${group}, direct: true` : group));
    expect(await reaches(1, '10.0.0.12')).toBe(true);
    expect(await reaches(3, '10.0.0.12')).toBe(true);
    expect(await addresses(at(3), 'n3', 'eth0')).toEqual(['10.0.0.13/24']);
    for (const it of machines) expect(await it.plan()).toEqual([]);
  });

  test('with another group, be it one of IPv6, nothing goes to the old one any more', async () => {
    for (const group of ['239.1.1.2', 'ff05::1']) {
      await at(1).write('pipewright.yaml', fileOf(1, `group: "${group}", dev: eth0`));
      await at(1).pipewright('up', '--yes', '--quiet');
      expect(await at(1).plan()).toEqual([]);
      const shown = await at(1).sh('bridge -j fdb show dev t1-lan-vxlan');
      const entries = JSON.parse(shown) as readonly { readonly mac: string; readonly dst?: string }[];
      const everybody = entries.filter(({ mac }) => mac === '00:00:00:00:00:00');
      expect(everybody.map(({ dst }) => dst)).toEqual([group]);
    }
    for (const it of machines) await it.pipewright('down', '--yes', '--quiet');
  });

  test("by iproute2's programs, over IPv6, and by the script of a plan", async () => {
    const six = (number: number): string => `[${others(number).slice(1, -1).replaceAll('198.51.100.', 'fd00::')}]`;
    for (const number of NUMBERS) await at(number).sh(`ip addr add fd00::${String(number)}/64 dev eth0 nodad`);
    const file = (number: number): string =>
      fileOf(number, `remotes: ${six(number)}, local: "fd00::${String(number)}", ttl: 5, learning: false`);
    await at(1).write('pipewright.yaml', file(1));
    expect(
      await at(1).run([...at(1).cli, 'up', '--yes', '--quiet'], { env: { PIPEWRIGHT_EXECUTOR: 'shell' } }),
    ).toMatchObject({ code: 0 });
    expect(await at(1).run([...at(1).cli, 'plan', '--check'], { env: { PIPEWRIGHT_EXECUTOR: 'shell' } })).toMatchObject(
      { code: 0 },
    );
    await at(2).write('pipewright.yaml', file(2));
    await at(2).write('up.sh', (await at(2).pipewright('plan', '--script')).stdout);
    await at(2).sh('sh up.sh');
    for (const number of [1, 2]) expect(await at(number).plan()).toEqual([]);
    expect(await reaches(1, '10.0.0.12', '-M', 'do', '-s', '1402')).toBe(true);
  });
});

const LONE = fileOf(1, 'remotes: 198.51.100.2');
const UNDERLAY =
  'ip link add eth0 type veth peer name wire; ip link set eth0 up; ip link set wire up; ip addr add 198.51.100.1/24 dev eth0';

test(
  'what fails beside it leaves no trace, an id that somebody has is named',
  onSandbox(async (host) => {
    await host.sh(UNDERLAY);
    const before = await host.snapshot();
    await host.write('pipewright.yaml', `${LONE.slice(0, -1)}, z: { commands: ["false"] } }`);
    expect(await host.tryPipewright('up', '--yes')).toMatchObject({ code: 1 });
    expect(await host.snapshot()).toEqual(before);
    await host.sh('ip link add name theirs type vxlan id 42 dstport 4789');
    await host.write('pipewright.yaml', LONE);
    expect(await host.tryPipewright('up', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('lan:vxlan') as string,
    });
    await host.sh('ip link del theirs');
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'a mistake is named, with its place, and nothing is touched',
  onSandbox(async (host) => {
    await host.sh(UNDERLAY);
    const before = await host.snapshot();
    await host.write('pipewright.yaml', fileOf(1, 'remotes: 198.51.100.2, dev: eth7'));
    const { code, stderr } = await host.tryPipewright('up', '--yes');
    expect(code).toBe(2);
    expect(stderr).toMatch(/"eth7"[^]*pipewright\.yaml:3:69[^]*eth0/);
    await host.write('pipewright.yaml', fileOf(1, 'remotes: 198.51.100.2, mtu: 1500'));
    expect((await host.tryPipewright('up', '--yes')).stderr).toMatch(/mtu: 1450/);
    expect(await host.snapshot()).toEqual(before);
  }),
);
