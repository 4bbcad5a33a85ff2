import { expect, test } from 'vitest';
import { EXAMPLES, linesOf } from './example-lines.js';
import { onOwnKernel } from './own-kernel.js';

/** `nic0` is the host's NIC; the namespace `wire` is what is at its other end, with an address in VLANs 10 and 20. */
const NIC = `
ip netns add wire
ip link add nic0 type veth peer name far netns wire
ip link set nic0 up
ip netns exec wire sysctl -q -w net.ipv4.conf.all.arp_ignore=1
ip -n wire link set far up
for id in 10 20; do
  ip -n wire link add link far name far.$id type vlan id $id
  ip -n wire addr add 10.$id.0.1/24 dev far.$id
  ip -n wire link set far.$id up
done
`;

/** A file in the words of a shell script. */
const file = (text: string): string => `cat > pipewright.yaml << 'END'\n${text}\nEND\n`;

const LAB = `
name: t
networks:
  one: { kind: vlan, parent: nic0, id: 10, subnet: 10.10.0.0/24 }
  shared: { kind: macvlan, parent: nic0, vlan: 20, subnet: 10.20.0.0/24 }
  bridged: { kind: bridge, uplink: nic0.30, subnet: 10.30.0.0/24 }
nodes:
  a: { networks: { one: { address: 10.10.0.2/24 } } }
  b: { networks: { shared: { address: 10.20.0.2/24 } } }
  c: { networks: { shared: { address: 10.20.0.3/24 } } }
  d: { networks: { bridged: { address: 10.30.0.2/24 } } }`;

/** A line of a README went as it says. */
const done = 'as it says';

onOwnKernel('VLANs of a NIC', '', (lines) => {
  test('each node is in its own, and down leaves the NIC as it was', async () => {
    const said = await lines(`${NIC}${file(LAB)}
state > before
pipewright up --yes --quiet
reaches t-a 10.10.0.1
reaches t-b 10.20.0.1
reaches t-b 10.20.0.3
ip -n t-a route add 10.20.0.0/24 dev eth0
reaches t-a 10.20.0.1
ip -n wire link add link far name far.30 type vlan id 30
ip -n wire addr add 10.30.0.1/24 dev far.30
ip -n wire link set far.30 up
reaches t-d 10.30.0.1
echo "left to do: $(changes)"
pipewright down --yes --quiet
state > after
diff before after && echo as before`);
    expect(said).toEqual([
      't-a reaches 10.10.0.1',
      't-b reaches 10.20.0.1',
      't-b reaches 10.20.0.3',
      't-a misses 10.20.0.1',
      't-d reaches 10.30.0.1',
      'left to do: 0',
      'as before',
      '',
    ]);
  });

  test('another id makes the nic anew, and what fails beside it leaves nothing', async () => {
    const one = (id: number, more = ''): string =>
      file(`{ name: t, networks: { one: { kind: vlan, parent: nic0, id: ${String(id)} }${more} },
nodes: { a: { networks: { one: { address: 10.20.0.2/24 } } } } }`);
    const said = await lines(`${NIC}${one(10)}
pipewright up --yes --quiet
reaches t-a 10.20.0.1
${one(20)}
pipewright up --yes --quiet
reaches t-a 10.20.0.1
pipewright down --yes --quiet
ip link add link nic0 name taken type vlan id 20
${one(20)}
pipewright up --yes --quiet 2>&1 | grep -o 'error: [^.]*'
ip netns list`);
    expect(said.slice(0, 2)).toEqual(['t-a misses 10.20.0.1', 't-a reaches 10.20.0.1']);
    expect(said.slice(2).join('\n')).toMatch(/^error: .*\nwire.*\n$/);
  });

  test('pipework and attach share one, which goes with the last', async () => {
    const said = await lines(`${NIC}
ip netns add red
ip netns add blue
pipewright pipework nic0 red 10.20.0.7/24 @20
pipewright attach blue -n other --network nic0.20 --address 10.20.0.8/24
reaches red 10.20.0.1
reaches red 10.20.0.8
pipewright detach red --quiet
ip -o link show nic0.20 | cut -d' ' -f2
pipewright detach blue -n other --quiet
ip -o link show nic0.20 2>&1 || true`);
    expect(said).toEqual([
      expect.stringContaining('eth1 of blue is in nic0.20'),
      'red reaches 10.20.0.1',
      'red reaches 10.20.0.8',
      'nic0.20@nic0:',
      'Device "nic0.20" does not exist.',
      '',
    ]);
  });

  const OFFICE = 'parent: eth1, name: o0';
  const TAGS = 'carrier: { kind: vlan, id: 100, protocol: 802.1ad }, inner: { kind: vlan, id: 7, subnet: 10.7.0.0/24 }';
  /** `b` is the other end of both cables of `a`, which joins the network `office` as is said. */
  const trunk = (office = OFFICE, tags = TAGS, more = ''): string => {
    const networks = (own: string): string =>
      `networks: { office: { ${own} }, voice: { parent: eth1 }, carrier: { parent: eth1, name: s100 }, inner: { parent: s100 } }`;
    return file(`name: q
networks: { office: { kind: vlan, id: 10, subnet: 10.10.0.0/24 }, voice: { kind: vlan, id: 20, subnet: 10.20.0.0/24 }, ${tags} }
nodes:
  a: { ${networks(office)} }
  b:
    kind: pid
    pid: \${GUEST}
    ${networks(OFFICE)}${more}
links: [[a:eth1, b:eth1], [a:eth2, b:eth2]]`);
  };
  /** `b` is a process with a namespace that has no name, as of a container. */
  const GUEST = `unshare --net sleep 1d & export GUEST=$!
until [ "$(readlink /proc/$GUEST/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
in_b() { nsenter --net=/proc/$GUEST/ns/net "$@"; }
in_b ip link set lo up
in_b sysctl -q -w net.ipv4.conf.all.arp_ignore=1
by_shell() { PIPEWRIGHT_EXECUTOR=shell "$@"; }
planned() { pipewright plan | grep -E '^ +(-|\\+|~|-/\\+) ' | tr -s ' ' | sort; }
`;

  test('of nics within nodes: a trunk between two keeps them apart, and takes one within another', async () => {
    const said = await lines(`${GUEST}${trunk()}
state > before
pipewright up --yes --quiet
reaches q-a 10.10.0.3
reaches q-a 10.20.0.3
reaches q-a 10.7.0.3
ip -n q-a route add 10.20.0.3 dev o0
reaches q-a 10.20.0.3
ip -n q-a route del 10.20.0.3
in_b tcpdump -l -n -e -c 1 -i eth1 vlan 100 and vlan 7 > seen 2> heard & capture=$!
until grep -qs listening heard; do sleep 0.1; done
reaches q-a 10.7.0.3
wait $capture
grep -o 'ethertype.*, vlan 7,' seen
echo "left to do: $(changes) $(by_shell changes)"
pipewright down --yes --quiet
state > after
diff before after && in_b ip -o link show | grep -vc ' lo:' || ip netns list
kill $GUEST`);
    expect(said).toEqual([
      'q-a reaches 10.10.0.3',
      'q-a reaches 10.20.0.3',
      'q-a reaches 10.7.0.3',
      'q-a misses 10.20.0.3',
      'q-a reaches 10.7.0.3',
      expect.stringMatching(/802.1Q-QinQ .*vlan 100, .*ethertype 802.1Q .*vlan 7/),
      'left to do: 0 0',
      '0',
      '',
    ]);
  });

  test('of nics within nodes: each attribute in turn, what was done by hand, and what fails beside them', async () => {
    const elsewhere = 'parent: eth2, name: o0, address: 10.10.0.9/24, gateway: 10.10.0.3';
    const otherTags = TAGS.replace('id: 7', 'id: 8').replace('802.1ad', '802.1Q');
    const said = await lines(`${GUEST}${trunk()}by_shell pipewright up --yes --quiet
${trunk(`${OFFICE}, mtu: 1400, mac: "02:00:00:00:00:07"`)}planned
pipewright up --yes --quiet
ip -n q-a -o link show o0 | grep -o 'mtu 1400 .* 02:00:00:00:00:07'
${trunk(elsewhere, otherTags)}planned
by_shell pipewright up --yes --quiet
reaches q-a 10.7.0.3
ip -n q-a -d -o link show type vlan | grep -o '[^ ]*: <\\|vlan protocol.* id [0-9]*' | paste - - | sort
ip -n q-a link del eth1
ip -n q-a link del o0
in_b ip link set eth2 down
pipewright up --yes --quiet
reaches q-a 10.7.0.3
links() { { ip -n q-a -o -d link show; in_b ip -o -d link show; } | settled; }
links > before
${trunk(`${elsewhere}, mtu: 1300`, otherTags, '\n  z: { commands: ["false"] }')}pipewright up --yes --quiet > /dev/null 2>&1 || echo "exit $?"
links > after
diff before after && echo as before
${trunk(elsewhere, otherTags)}echo "left to do: $(changes) $(by_shell changes)"
by_shell pipewright down --yes --quiet
in_b ip -o link show | grep -vc ' lo:' || ip netns list
kill $GUEST`);
    expect(said).toEqual([
      expect.stringMatching(/^ ~ device o0 mac: .* → 02:00:00:00:00:07, mtu: 1500 → 1400$/),
      expect.stringContaining('02:00:00:00:00:07'),
      ' + address o0/10.10.0.9/24',
      ' + address s100.8/10.7.0.2/24',
      ' + address s100.8/10.7.0.3/24',
      ' + device s100.8 vlan',
      ' + device s100.8 vlan',
      ' + route default unicast',
      ' - address o0/10.10.0.2/24',
      ' - address s100.7/10.7.0.2/24',
      ' - address s100.7/10.7.0.3/24',
      ' - device s100.7 vlan',
      ' - device s100.7 vlan',
      expect.stringMatching(/^ -\/\+ device o0 link: eth1 → eth2, mac: 02:00:00:00:00:07 → .*, mtu: 1400 → 1500$/),
      ' -/+ device s100 protocol: 802.1ad → 802.1Q',
      ' -/+ device s100 protocol: 802.1ad → 802.1Q',
      'q-a reaches 10.7.0.3',
      'eth1.20@eth1: <\tvlan protocol 802.1Q id 20',
      'o0@eth2: <\tvlan protocol 802.1Q id 10',
      's100.8@s100: <\tvlan protocol 802.1Q id 8',
      's100@eth1: <\tvlan protocol 802.1Q id 100',
      'q-a reaches 10.7.0.3',
      'exit 1',
      'as before',
      'left to do: 0 0',
      '0',
      '',
    ]);
  });

  test('of nics within nodes: attach makes one, and detach takes it away', async () => {
    const said = await lines(`${file(`name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 }, office: { kind: vlan, id: 10, subnet: 10.10.0.0/24 } }
nodes: { a: { networks: { lan: , office: { parent: eth0 } } }, b: { networks: [lan] } }`)}
pipewright up --yes --quiet
attach() { pipewright attach b -n t "$@" 2>&1 | sed 1q; }
attach --network office --parent eth0
attach --network office --parent eth0
reaches t-a 10.10.0.3
ip -n t-b -o -d link show eth0.10 | grep -o 'vlan protocol 802.1Q id 10'
attach --network office --parent eth0 --mtu 1400
ip -n t-b -o link show eth0.10 | grep -o 'mtu 1400'
pipewright plan -n t --check > /dev/null; echo "exit $?"
attach --network lan --parent eth0 --nic other
attach --network office --parent eth9
attach --network office --nic other
pipewright detach b -n t --nic eth0.10
ip -n t-b -o link show | grep -c eth0
attach --network office --parent eth0
pipewright detach b -n t --nic eth0 2>&1
pipewright plan -n t 2>&1 | sed 1q
pipewright status -n t --json | grep -c '"name": "eth0.10"'
ip -n t-b -o link show | grep -vc ' lo:' || true
attach --network lan
pipewright plan -n t
pipewright down t --yes --quiet
ip -o link show | grep -vc ' lo:' || ip netns list`);
    expect(said).toEqual([
      'eth0.10 of b is in office, with 10.10.0.3/24',
      'No changes; eth0.10 of b is as asked for.',
      't-a reaches 10.10.0.3',
      'vlan protocol 802.1Q id 10',
      'eth0.10 of b is in office, with 10.10.0.3/24',
      'mtu 1400',
      'exit 0',
      'error: b/other is to be made on another nic, and network "lan" is of kind bridge, which makes none so. [PW_NO_PARENTS]',
      'error: b/eth9.10 is to be made on "eth9", and its node has no such nic. [PW_NO_SUCH_PARENT]',
      'error: Nobody says of what b/other is a VLAN: neither it nor network "office" has a `parent`. [PW_VLAN_WHICH_PARENT]',
      'eth0.10 of b is detached',
      '1',
      'eth0.10 of b is in office, with 10.10.0.3/24',
      'eth0 of b is detached',
      't: no changes',
      '1',
      '0',
      'eth0 of b is in lan, with 10.0.0.3/24',
      't: no changes',
      '0',
      '',
    ]);
  });

  test('the example of a router with one nic does as its README says', async () => {
    const typed = linesOf('vlan').exec.map(
      ({ words, fails }) =>
        `pipewright exec ${words.join(' ')} > /dev/null && echo ${fails ? 'reached' : done} || echo ${fails ? done : 'missed'}`,
    );
    const said = await lines(`cp ${EXAMPLES}vlan/pipewright.yaml .
pipewright up --yes --quiet
${typed.join('\n')}
echo "left to do: $(changes)"
pipewright down --yes --quiet
ip -o link show | grep -vc ' lo:' || ip netns list`);
    expect(typed).toHaveLength(2);
    expect(said).toEqual([...typed.map(() => done), 'left to do: 0', '0', '']);
  });
});
