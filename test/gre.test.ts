import { onSandbox, Uml, whyNoUml } from '@pipewright/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAR_MACHINES, wide } from './far-machines.js';
import { SETTLED } from './own-kernel.js';

// GRE is what many a kernel lacks: these run on one of their own, booted once.
const reason = whyNoUml();
if (reason !== undefined) console.warn(`GRE is not tested: ${reason}`);

/** Three machines on one wire: namespaces of network and mounts, each with its own /run/netns. */
const MACHINES = `${SETTLED}
modprobe -d /run/modules -a ip_gre ip6_gre
ip link add name hub type bridge
ip link set dev hub up
for m in 1 2 3; do
  ip netns add m$m
  ip link add name port$m type veth peer name eth0 netns m$m
  ip link set dev port$m master hub up
  ip -n m$m addr add 198.51.100.$m/24 dev eth0
  ip -n m$m addr add fd00::$m/64 dev eth0 nodad
  ip -n m$m link set dev eth0 up
  mkdir m$m
  nsenter --net=/run/netns/m$m unshare --mount sh -c "echo \\$\\$ > m$m/pid; mount -t tmpfs none /run/netns; exec sleep 300" &
  until [ -s m$m/pid ]; do sleep 0.05; done
done
# on MACHINE COMMAND…
on() { m=$1; shift; nsenter --mount --net --target $(cat /mnt/m$m/pid) -- "$@"; }
pw() {
  m=$1; shift
  PIPEWRIGHT_STATE_DIR=/mnt/m$m/state on $m sh -c 'cd "$0"; exec "$@"' /mnt/m$m $PIPEWRIGHT "$@"
}
reaches() { m=$1; shift; on $m nsenter --net=/run/netns/t$m-n$m ping -n -c 1 -W 2 "$@" > /dev/null && echo "$m reaches" "$@" || echo "$m misses" "$@"; }
state() { on $1 sh -c 'ip -o -d link show; ip -o addr show' | settled; }
`;

const file = (number: number, options: string): string => `cat > m${String(number)}/pipewright.yaml << 'END'
name: t${String(number)}
networks: { lan: { kind: gre, ${options}, subnet: 10.0.0.0/24 } }
nodes: { n${String(number)}: { networks: { lan: { address: 10.0.0.1${String(number)}/24 } } } }
END
`;

describe.skipIf(reason !== undefined)('three machines on one wire', () => {
  let uml: Uml;
  beforeAll(async () => {
    uml = await Uml.start();
  });
  afterAll(() => uml.stop());

  /** Three commands at once on a kernel ten times slower than its host's. */
  const LONG = 150_000;
  /** Several, with an ssh to each machine. */
  const LONGER = 300_000;
  const lines = async (script: string): Promise<readonly string[]> =>
    (await uml.sh(`${MACHINES}${script}`, LONG)).split('\n').filter((line) => line !== '');

  test(
    'each node reaches each other, in packets of the size that fits; a broadcast arrives once; down leaves nothing',
    async () => {
      const said = await lines(`
${file(1, 'remotes: [198.51.100.2, 198.51.100.3], key: 42')}
${file(2, 'remotes: [198.51.100.1, 198.51.100.3], key: 42')}
${file(3, 'remotes: [198.51.100.1, 198.51.100.2], key: 42')}
state 1 > before
for m in 1 2 3; do pw $m up --yes --quiet; done
reaches 1 10.0.0.12
reaches 2 10.0.0.13
reaches 3 10.0.0.11
touch log
tcpdump -n -v -l -i hub proto gre > seen 2> log & dump=$!
until grep -q listening log; do sleep 0.1; done
reaches 1 -M do -s 1430 10.0.0.12
sleep 1; kill $dump; wait $dump || true
grep -c 'length 1500)' seen
grep -o 'key=0x2a' seen | head -n 1
for m in 2 3; do on $m nsenter --net=/run/netns/t$m-n$m sh -c 'echo 0 > /proc/sys/net/ipv4/icmp_echo_ignore_broadcasts'; done
counted() { on $1 nsenter --net=/run/netns/t$1-n$1 sed -n '/^Icmp:/p' /proc/net/snmp | tail -n 1 | cut -d' ' -f10; } # InEchos
had="$(counted 2) $(counted 3)"
reaches 1 -b 10.0.0.255 > /dev/null 2>&1
set -- $had
echo "arrived $(($(counted 2) - $1)) $(($(counted 3) - $2))"
pw 1 plan
pw 1 down --yes --quiet
state 1 > after
diff before after && echo as before`);
      expect(said).toEqual([
        '1 reaches 10.0.0.12',
        '2 reaches 10.0.0.13',
        '3 reaches 10.0.0.11',
        '1 reaches -M do -s 1430 10.0.0.12',
        '2',
        'key=0x2a',
        'arrived 1 1',
        't1: no changes',
        'as before',
      ]);
    },
    LONG,
  );

  test(
    'over IPv6, by the programs of iproute2, with a machine that knows nothing of pipewright; what changes is made anew',
    async () => {
      const said = await lines(`
export PIPEWRIGHT_EXECUTOR=shell
on 2 ip link add name tun type ip6gretap remote fd00::1 local fd00::2 key 7 encaplimit none
on 2 ip addr add 10.0.0.12/24 dev tun
on 2 ip link set dev tun up
${file(1, 'remotes: "fd00::2", key: 6, csum: true, tos: 4')}
state 1 > before
pw 1 up --yes --quiet
${file(1, 'remotes: "fd00::2", key: 7, ttl: 9, local: "fd00::1", dev: eth0')}
unset PIPEWRIGHT_EXECUTOR
pw 1 up --yes 2> /dev/null | grep -o 'device lan:.*fd00::1, key: 6 → 7'
reaches 1 -M do -s 1410 10.0.0.12
on 1 ip -o -d link show type ip6gretap | grep -o 'ip6gretap remote .*key [^ ]* [a-z]* [^ ]*'
PIPEWRIGHT_EXECUTOR=shell pw 1 plan
pw 1 down --yes --quiet
state 1 > after
diff before after && echo as before`);
      expect(said).toEqual([
        'device lan:fd00::2  local: none → fd00::1, key: 6 → 7',
        '1 reaches -M do -s 1410 10.0.0.12',
        expect.stringMatching(/remote fd00::2 local fd00::1 dev eth0 .*ikey 0\.0\.0\.7/) as string,
        't1: no changes',
        'as before',
      ]);
    },
    LONG,
  );

  test(
    'one topology of three hosts: each node reaches each other over the mesh, then over IPv6 and a hub; down leaves nothing',
    async () => {
      const script = `${FAR_MACHINES}
for m in 1 2 3; do state $m; done > before
${wide('198.51.100.', 'gre')}
pipewright up --yes --quiet
reaches 1 10.0.0.12; reaches 2 10.0.0.13; reaches 3 10.0.0.11
keys=$(for m in 1 2 3; do on $m ip -o -d link show type gretap; done | sed -n 's/.*wide-lan-gre.* ikey \\([0-9.]*\\) .*/\\1/p' | sort -u)
listening proto gre
reaches 1 -M do -s 1430 10.0.0.12
heard
grep -c 'length 1500)' seen
[ "$(grep -o 'key=0x[0-9a-f]*' seen | sort -u)" = "$(echo $keys | tr . ' ' | xargs printf '%d * 16777216 + %d * 65536 + %d * 256 + %d' | xargs -I{} sh -c 'printf key=0x%x $(({}))')" ] && echo 'one key'
broadcast
${wide('fd00::', '{ kind: gre, hub: h1 }')}
pipewright up --yes --quiet
on 1 ip -o link show type ip6gretap | grep -c wide-lan
on 2 ip -o link show type ip6gretap | grep -c wide-lan
reaches 2 10.0.0.11; reaches 3 10.0.0.12
listening ip6 proto 47
reaches 1 -M do -s 1410 10.0.0.12
heard
grep -c 'payload length: 1460)' seen
broadcast
pipewright plan
pipewright down --yes --quiet
for m in 1 2 3; do state $m; done > after
diff before after && echo as before
kill $machine1 $machine2 $machine3`;
      const said = (await uml.sh(script, LONGER)).split('\n').filter((line) => line !== '');
      expect(said).toEqual([
        ...['1 reaches 10.0.0.12', '2 reaches 10.0.0.13', '3 reaches 10.0.0.11'],
        ...['1 reaches -M do -s 1430 10.0.0.12', '2', 'one key', 'arrived 1 1'],
        ...['2', '1', '2 reaches 10.0.0.11', '3 reaches 10.0.0.12'],
        ...['1 reaches -M do -s 1410 10.0.0.12', '2', 'arrived 1 1', 'wide: no changes'],
        'as before',
      ]);
    },
    LONGER,
  );
});

test(
  'a kernel without GRE says which module it lacks, and all is as it was',
  onSandbox(async (host) => {
    await host.sh(
      'ip link add eth0 type veth peer name wire; ip link set eth0 up; ip addr add 198.51.100.1/24 dev eth0',
    );
    const has = await host.run(['ip', 'link', 'add', 'name', 'probe', 'type', 'gretap', 'remote', '198.51.100.9']);
    if (has.code === 0) return;
    const before = await host.snapshot();
    await host.write(
      'pipewright.yaml',
      'name: t\nnetworks: { lan: { kind: gre, remotes: 198.51.100.2 } }\nnodes: { n: { networks: { lan: { address: 10.0.0.1/24 } } } }\n',
    );
    const { code, stderr } = await host.tryPipewright('up', '--yes');
    expect(code).toBe(1);
    expect(stderr).toMatch(/gretap[^]*modprobe rtnl-link-gretap/);
    expect(await host.snapshot()).toEqual(before);
  }),
);
