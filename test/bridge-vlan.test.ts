import { expect, test } from 'vitest';
import { onOwnKernel } from './own-kernel.js';

const HELP = `
# a VLAN of the nic, within the node
tag() { ip -n "$1" link add link eth0 name eth0.$2 type vlan id $2; ip -n "$1" addr add "$3" dev eth0.$2; ip -n "$1" link set eth0.$2 up; }
`;

/** a and b are in VLAN 10, c is in 20; t takes 10, and 20 to 22, with their tags, and is natively in 5. */
const lab = (c = 'vlan: 20', t = 'vlan: 5, trunk: [10, 20-22]', more = ''): string => `cat > pipewright.yaml << 'END'
name: v
networks: { lan: { kind: bridge, bridge: br0 } }
nodes:
  a: { networks: { lan: { vlan: 10, address: 10.0.0.1/24 } } }
  b: { networks: { lan: { vlan: 10, address: 10.0.0.2/24 } } }
  c: { networks: { lan: { ${c}, address: 10.0.0.3/24 } } }
  t: { networks: { lan: { ${t}, address: 10.5.0.9/24 } } }
${more}
END
`;

onOwnKernel('VLANs of a bridge', HELP, (lines) => {
  test('keep apart who is in another, and a trunk carries what it is to and no more', async () => {
    const said = await lines(`state > before
${lab()}pipewright up --yes --quiet
reaches v-a 10.0.0.2
reaches v-a 10.0.0.3
reaches v-c 10.0.0.2
tag v-t 10 10.0.0.9/24
reaches v-t 10.0.0.1
ip -n v-t link del eth0.10
tag v-t 20 10.0.0.9/24
reaches v-t 10.0.0.3
reaches v-t 10.0.0.1
ip -n v-t link del eth0.20
tag v-t 30 10.0.0.9/24
reaches v-t 10.0.0.1
ip -n v-t link del eth0.30
echo "left to do: $(changes)"
pipewright down --yes --quiet
state > after
diff before after && echo as before`);
    expect(said).toEqual([
      'v-a reaches 10.0.0.2',
      'v-a misses 10.0.0.3',
      'v-c misses 10.0.0.2',
      'v-t reaches 10.0.0.1',
      'v-t reaches 10.0.0.3',
      'v-t misses 10.0.0.1',
      'v-t misses 10.0.0.1',
      'left to do: 0',
      'as before',
      '',
    ]);
  });

  test('change in place, are repaired, and are put back where something beside them fails', async () => {
    const said = await lines(`${lab()}pipewright up --yes --quiet
${lab('vlan: 10')}pipewright plan --json | grep -o '"id": *"[^"]*"'
pipewright up --yes --quiet
reaches v-a 10.0.0.3
bridge vlan add dev v-b-eth0 vid 20 pvid untagged
reaches v-a 10.0.0.2
pipewright up --yes --quiet
reaches v-a 10.0.0.2
bridge vlan show > before
${lab('vlan: 20', 'trunk: [11]', '  z: { commands: ["false"] }')}pipewright up --yes --quiet > /dev/null 2>&1 || echo "exit $?"
bridge vlan show > after
diff before after && echo as before
${lab('mtu: 1500', 'mtu: 1500')}PIPEWRIGHT_EXECUTOR=shell pipewright up --yes --quiet
reaches v-a 10.0.0.3
bridge vlan show dev v-c-eth0 | tail -1`);
    expect(said).toEqual([
      '"id": "c/eth0:host/vlans"',
      'v-a reaches 10.0.0.3',
      'v-a misses 10.0.0.2',
      'v-a reaches 10.0.0.2',
      'exit 1',
      'as before',
      'v-a misses 10.0.0.3',
      expect.stringMatching(/^v-c-eth0 +1 PVID Egress Untagged/),
      '',
    ]);
  });

  test('are networks of one bridge; the host is in the one where it has an address', async () => {
    const said = await lines(`cat > pipewright.yaml << 'END'
name: v
networks:
  red: { kind: bridge, bridge: br0, shared: true, vlan: 10, subnet: 10.1.0.0/24 }
  blue: { kind: bridge, bridge: br0, shared: true, vlan: 20, subnet: 10.1.0.0/24 }
  own: { kind: bridge, vlan: 7, address: 10.7.0.1/24, subnet: 10.7.0.0/24 }
nodes:
  a: { networks: { red: { address: 10.1.0.2/24 }, own: { address: 10.7.0.2/24 } } }
  b: { networks: { red: { address: 10.1.0.3/24 } } }
  c: { networks: { blue: { address: 10.1.0.4/24 } } }
END
pipewright up --yes --quiet
reaches v-a 10.1.0.3
reaches v-b 10.1.0.4
reaches v-a 10.7.0.1
bridge vlan del dev v-own vid 7 self
reaches v-a 10.7.0.1
PIPEWRIGHT_EXECUTOR=shell pipewright up --yes --quiet
reaches v-a 10.7.0.1
echo "left to do: $(changes)"
pipewright down --yes --quiet
ip -o link show type bridge | wc -l`);
    expect(said).toEqual([
      'v-a reaches 10.1.0.3',
      'v-b misses 10.1.0.4',
      'v-a reaches 10.7.0.1',
      'v-a misses 10.7.0.1',
      'v-a reaches 10.7.0.1',
      'left to do: 0',
      '0',
      '',
    ]);
  });

  test("attach and pipework's words have them, too; a bridge of others that tells none apart is refused", async () => {
    const said = await lines(`
for it in red blue grn; do ip netns add $it; done
pipewright pipework br1 red 10.0.0.1/24 @10
pipewright pipework br1 red 10.0.0.1/24 @10
pipewright attach blue --network br1 --address 10.0.0.2/24 --vlan 10 --quiet
pipewright attach grn --network br1 --address 10.0.0.3/24 --quiet
reaches red 10.0.0.2
reaches red 10.0.0.3
pipewright attach grn --network br1 --address 10.0.0.3/24 --trunk 10,20-22 --quiet
bridge vlan show dev adhoc-grn-eth1 | tail -n +2 | tr -s ' ' | cut -d' ' -f2 | tr '\\n' ' '
echo
pipewright pipework br1 red 10.0.0.1/24 @20
reaches red 10.0.0.2
pipewright down adhoc --yes --quiet
ip link add name br7 type bridge
ip link set br7 up
pipewright pipework br7 red 10.0.0.1/24 @10 2>&1 | grep -o 'does not tell VLANs apart'
ip link set br7 type bridge vlan_filtering 1
pipewright pipework br7 red 10.0.0.1/24 @10
bridge vlan show dev v1pl$$ 2> /dev/null || bridge vlan show | grep -c ' 10 PVID'
pipewright detach red --quiet
ip -o link show type bridge | wc -l`);
    expect(said).toEqual([
      'red reaches 10.0.0.2',
      'red misses 10.0.0.3',
      '10 20 21 22 ',
      'red misses 10.0.0.2',
      'does not tell VLANs apart',
      '1',
      '1',
      '',
    ]);
  });
});
