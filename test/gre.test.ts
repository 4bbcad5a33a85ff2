import { onSandbox, Uml, whyNoUml } from '@pipewright/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// GRE is what many a kernel lacks: these run on one of their own, booted once.
const reason = whyNoUml();
if (reason !== undefined) console.warn(`GRE is not tested: ${reason}`);

/** Three machines on one wire: namespaces of network and mounts, each with its own /run/netns. */
const MACHINES = `
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
state() { on $1 sh -c 'ip -o -d link show; ip -o addr show' | sed 's/ tentative//'; }
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
