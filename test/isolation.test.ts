import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { expect, test, vi } from 'vitest';
import { answers, listen, stopListening } from './reach.js';
import { whileUp } from './support.js';

vi.setConfig({ testTimeout: 120_000 });

const ADDRESSES = {
  redis: ['10.0.0.2', 'fd00::2'],
  other: ['10.0.0.3', 'fd00::3'],
  web: ['10.0.0.4', 'fd00::4'],
} as const;

type Name = keyof typeof ADDRESSES;
const NAMES = Object.keys(ADDRESSES) as readonly Name[];

const node = (name: Name, more = ''): string =>
  `  ${name}: { networks: { lan: { address: [${ADDRESSES[name].map((it) => `"${it}/${it.includes(':') ? '64' : '24'}"`).join(', ')}] } }${more} }\n`;

const LAN =
  'lan: { kind: bridge, subnet: [10.0.0.0/24, "fd00::/64"], address: [10.0.0.1/24, "fd00::1/64"], isolated: true }';
const EXPOSED = ', expose: [6379, 7000-7001, 8000-8100, 53/udp]';

const shop = (web = ', service-links: [redis]'): string =>
  `name: t\nnetworks: { ${LAN} }\nnodes:\n${node('redis', EXPOSED)}${node('other', EXPOSED)}${node('web', web)}`;

const SERVED = ['6379', '6380', '7000', '7001', '7002', '8050', '8101', '53/udp', '54/udp'];
const LINKED = ['tcp 6379', 'tcp 7000', 'tcp 7001', 'tcp 8050', 'udp 53'];

/** Every port of every other node, in both families. */
const targets = (from: Name): readonly string[] =>
  NAMES.filter((it) => it !== from).flatMap((it) => ADDRESSES[it].flatMap((address) => portsAt(address, SERVED)));

const portsAt = (address: string, ports: readonly string[]): readonly string[] =>
  ports.map((it) => {
    const [port = '', protocol = 'tcp'] = it.split('/');
    return `${protocol} ${address} ${port}`;
  });

const linkedAt = (to: Name): readonly string[] =>
  ADDRESSES[to].flatMap((address) => LINKED.map((it) => it.replace(' ', ` ${address} `)));

/** What each node gets an answer from. */
async function reached(host: Sandbox): Promise<Readonly<Record<string, readonly string[]>>> {
  const all = await Promise.all(
    NAMES.map(async (it) => [it, Object.keys(await answers(host, `t-${it}`, targets(it))).sort()] as const),
  );
  return Object.fromEntries(all);
}

const namespaces = NAMES.map((it) => `t-${it}`);

test(
  'of every pair and every port, those of the service link pass, and no other',
  whileUp(shop(), async (host) => {
    await listen(host, namespaces, SERVED);
    expect(await reached(host)).toEqual({ redis: [], other: [], web: [...linkedAt('redis')].sort() });

    // From the port of a service nobody calls back, and no ping passes.
    const backwards = ['tcp 10.0.0.4 6380 6378', 'tcp fd00::4 6380 7002', 'udp 10.0.0.4 54 55'];
    expect(await answers(host, 't-redis', backwards)).toEqual({});
    for (const [from, to] of [
      ['web', '10.0.0.2'],
      ['web', 'fd00::2'],
      ['other', '10.0.0.2'],
    ] as const)
      expect(await host.ping(from, to)).toBe(false);

    // The host reaches them, and they it.
    const ofHost = [...portsAt('10.0.0.3', SERVED), ...portsAt('fd00::2', SERVED)];
    expect(Object.keys(await answers(host, undefined, ofHost))).toHaveLength(ofHost.length);
    for (const to of ['10.0.0.1', 'fd00::1']) expect(await host.ping('other', to)).toBe(true);
    await stopListening(host);
  }),
);

test(
  'of TCP, nothing that opens a connection passes backwards, from whatever port',
  whileUp(shop(), async (host) => {
    await listen(host, ['t-web'], ['6380', '6381/udp']);
    expect(await answers(host, 't-redis', ['tcp 10.0.0.4 6380 6379', 'tcp fd00::4 6380 7000'])).toEqual({});
    await stopListening(host);
  }),
);

test(
  'nor by the host, which could route it back',
  whileUp(shop(''), async (host) => {
    await host.sh('sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1');
    await host.sh('ip -n t-web route add 10.0.0.2/32 via 10.0.0.1; ip -n t-redis route add 10.0.0.4/32 via 10.0.0.1');
    await host.sh('ip -n t-web route add fd00::2/128 via fd00::1; ip -n t-redis route add fd00::4/128 via fd00::1');
    await listen(host, ['t-redis'], ['6379']);
    const both = ['tcp 10.0.0.2 6379', 'tcp fd00::2 6379'];
    expect(await answers(host, 't-web', both)).toEqual({});
    await host.sh('nft flush chain bridge pipewright-t input'); // it was that which held them back
    // A ping waits for neighbours to be found, which takes a moment under load.
    for (const to of ['10.0.0.2', 'fd00::2']) expect(await host.ping('web', to)).toBe(true);
    expect(Object.keys(await answers(host, 't-web', both)).sort()).toEqual(both);
    await stopListening(host);
    await host.sh('ip -n t-web route del 10.0.0.2/32; ip -n t-redis route del 10.0.0.4/32');
    await host.sh('ip -n t-web route del fd00::2/128; ip -n t-redis route del fd00::4/128');
    await host.sh('sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0');
    await host.pipewright('up', '--yes');
  }),
);

test(
  'big datagrams pass, in all their pieces',
  whileUp(shop(), async (host) => {
    const sum = `node -e "
      const socket = require('dgram').createSocket('udp6');
      socket.on('message', (it) => { require('fs').writeFileSync(process.argv[1], String(it.length)); socket.close(); });
      socket.bind(53, '::', () => require('fs').writeFileSync(process.argv[1] + '.ready', ''));" /mnt/got`;
    for (const address of ADDRESSES.redis) {
      await host.sh('rm -f got got.ready');
      host.spawn(['sh', '-c', sum], { namespace: 't-redis' });
      await host.sh('until [ -e got.ready ]; do sleep 0.02; done');
      const send = `const s = require('dgram').createSocket('udp${address.includes(':') ? '6' : '4'}'); s.send(Buffer.alloc(9000), 53, '${address}', () => s.close())`;
      await host.run(['node', '-e', send], { namespace: 't-web' });
      expect(await host.sh('until [ -s got ]; do sleep 0.02; done; cat got')).toBe('9000');
    }
  }),
);

test(
  'links come and go while traffic flows, and no connection notices',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', shop());
    const before = await host.snapshot();
    await host.pipewright('up', '--yes');
    await listen(host, namespaces, SERVED);
    // One connection a few milliseconds, all the while.
    await host.write(
      'steady.mjs',
      `import net from 'node:net'; import fs from 'node:fs';
       let [sent, failed] = [0, 0];
       const once = () => new Promise((done) => { const s = net.connect(6379, '10.0.0.2'); s.setTimeout(900, () => s.destroy(new Error()));
         s.on('data', () => done(true)).on('error', () => done(false)); });
       while (!fs.existsSync('stop')) { sent++; if (!(await once())) failed++; }
       console.log(JSON.stringify({ sent, failed }));`,
    );
    const steady = host.run(['node', 'steady.mjs'], { namespace: 't-web' });
    await host.write('pipewright.yaml', shop(', service-links: [redis, other]'));
    await host.pipewright('up', '--yes');
    expect((await reached(host))['web']).toEqual([...linkedAt('redis'), ...linkedAt('other')].sort());
    await host.write('pipewright.yaml', shop());
    await host.pipewright('up', '--yes');
    expect((await reached(host))['web']).toEqual([...linkedAt('redis')].sort());
    await host.write('stop', '');
    const { sent, failed } = (await steady).json() as { readonly sent: number; readonly failed: number };
    expect(sent).toBeGreaterThan(50);
    expect(failed).toBe(0);
    await stopListening(host);
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'a nic that is attached to an isolated network is isolated, and the others stay so',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', shop());
    await host.pipewright('up', '--yes');
    await host.sh('ip netns add guest');
    await host.pipewright('attach', '-n', 't', 'guest', '--network', 'lan', '--address', '10.0.0.9/24');
    await listen(host, ['t-redis', 't-other', 'guest'], ['6379', '6380']);
    const asked = ['tcp 10.0.0.2 6379', 'tcp 10.0.0.3 6379', 'tcp 10.0.0.9 6379'];
    expect(await answers(host, 'guest', asked.slice(0, 2))).toEqual({});
    expect(Object.keys(await answers(host, 't-web', asked))).toEqual(['tcp 10.0.0.2 6379']);
    expect(await answers(host, 't-other', ['tcp 10.0.0.2 6379', 'tcp 10.0.0.9 6379'])).toEqual({});
    await stopListening(host);

    const named = async () => (await host.sh('nft list ruleset')).includes('guest');
    expect(await named()).toBe(true);
    await host.pipewright('detach', '-n', 't', 'guest');
    expect(await named()).toBe(false);
    expect(await host.plan()).toEqual([]);
  }),
);
