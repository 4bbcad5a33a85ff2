import { expect, test } from 'vitest';
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
});
