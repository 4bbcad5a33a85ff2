import { fileURLToPath } from 'node:url';
import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { inShort } from './support.js';

/** A number that `ip` prints as a name. */
const NOBODY = 65_534;

const lab = (options = `, user: ${String(NOBODY)}`, more = ''): string => `
name: t
networks:
  lan: { kind: bridge, subnet: 10.0.0.0/24 }
  vms: { kind: tap, bridge: lan${options} }
  own: { kind: tap, user: ${String(NOBODY)}, group: ${String(NOBODY)} }
nodes:
  host: { kind: host, networks: { vms: { name: vm1 } } }
  web: { networks: { lan: { address: 10.0.0.2/24 } } }
  jail: { networks: { own: { name: tap0, address: 172.16.0.1/24 } } }
${more}`;

const MACHINE = fileURLToPath(new URL('virtual-machine.mjs', import.meta.url));

interface Machine {
  /** Its tap. */
  readonly nic: string;
  readonly address: string;
  /** The node that the tap is in; absent: the host's own namespace. */
  readonly at?: string;
}

/** Whether a machine answers to a node's pings: `answered`, or why it cannot. */
async function pinged(host: Sandbox, from: string, { nic, address, at }: Machine): Promise<string> {
  await host.sh('[ -e tun ] || mknod -m 666 tun c 10 200; rm -f said');
  const machine = `${process.execPath} ${MACHINE} tun ${nic} ${String(NOBODY)} ${address}`;
  const inside = at === undefined ? '' : `nsenter --net=/run/netns/${await host.namespaceOf(at)} `;
  const ping = `nsenter --net=/run/netns/${await host.namespaceOf(from)} ping -n -c 1 -W 1 ${address}`;
  return (
    await host.sh(`${inside}${machine} > said 2>&1 &
for _ in $(seq 30); do
  ${ping} > /dev/null && echo answered && break
  grep refused said && break
done
kill $! || true; wait $! || true`)
  ).trim();
}

test(
  'a virtual machine on the host is in the network, one in a node is reached by that; down leaves no trace',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', lab());
    const before = await host.snapshot();
    await host.pipewright('up', '--yes');
    expect(await host.plan()).toEqual([]);
    expect(await pinged(host, 'web', { nic: 'vm1', address: '10.0.0.9' })).toBe('answered');
    const own = { nic: 'tap0', address: '172.16.0.2', at: 'jail' };
    expect(await pinged(host, 'jail', own)).toBe('answered');
    expect(await host.plan()).toEqual([]);
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'each attribute makes it anew, by both executors; who may open it is who the file says',
  onSandbox(async (host) => {
    const by = (executor: 'shell' | '', ...words: readonly string[]) =>
      host.run([...host.cli, ...words], { env: { PIPEWRIGHT_EXECUTOR: executor } });
    const shown = (): Promise<string> => host.sh('ip -d -o link show dev vm1');
    await host.write('pipewright.yaml', lab());
    await host.pipewright('up', '--yes');
    for (const [executor, options, has] of [
      ['', ', user: 4711', /user 4711\b/],
      ['shell', ', user: 4712', /user 4712\b/],
      ['', ', multi-queue: true', /vnet_hdr off multi_queue /],
      ['shell', ', vnet-hdr: true', /vnet_hdr on /],
      ['', ', group: 4711', /group 4711\b/],
    ] as const) {
      await host.write('pipewright.yaml', lab(options));
      expect((await by('', 'plan', '--check')).stdout).toMatch(/-\/\+ device host\/vm1/);
      expect((await by(executor, 'up', '--yes')).code).toBe(0);
      expect(await shown()).toMatch(has);
      expect(await shown()).toMatch(/master t-lan .*persist on/);
      for (const it of ['', 'shell'] as const) expect((await by(it, 'plan', '--check')).code).toBe(0);
    }
    expect(await pinged(host, 'web', { nic: 'vm1', address: '10.0.0.9' })).toBe('refused: EPERM');
    await host.sh('ip link set vm1 nomaster; ip link set vm1 mtu 1400');
    const drifted = await shown();
    await host.write('pipewright.yaml', lab(', group: 4711', '  z: { commands: ["false"] }'));
    expect((await host.tryPipewright('up', '--yes')).code).toBe(1);
    expect(await shown()).toBe(drifted);
    await host.write('pipewright.yaml', lab(', group: 4711'));
    expect(inShort(await host.plan())).toEqual(['update host/vm1']);
    await host.pipewright('up', '--yes');
    await host.sh('ip link del vm1');
    await by('shell', 'up', '--yes');
    expect(await host.plan()).toEqual([]);
  }),
);
