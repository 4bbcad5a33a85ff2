import type { PlannedNic } from '@pipewright/core';
import { LOCAL_HOST } from '@pipewright/plugin';
import { changeNic, elsewhere, hostOption, unaskedOptions } from '../nic-change.js';
import { printable } from '../output/text.js';
import { attachRequest } from '../read/from-nic-options.js';
import { abortedBySignal } from '../signals.js';
import { command } from '../spec/command.js';
import { flag, list, text } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';

export default command({
  name: 'attach',
  group: 'topology',
  otherWords: ['connect'],
  summary: 'give a namespace, or what runs in one, a nic in a network',
  details:
    'Like `ip`: it does not ask. A nic that is there already becomes what is asked for now, in place where that can be; nothing else is touched. A bridge that is missing is made, and goes with the last that is on it. A default route that has to make room waits in the namespace and comes back at `detach`.',
  examples: [
    {
      line: 'pipewright attach web --network br1 --address 10.0.0.2/24@10.0.0.1',
      does: 'a container, with a default gateway',
    },
    { line: 'pipewright attach pid:4711 --network br1 --address dhcp', does: 'with what a DHCP server there gives' },
    {
      line: 'pipewright attach red --network br1 --nic wan0 --mtu 1400',
      does: 'a namespace of `ip netns`, no address',
    },
    {
      line: 'pipewright attach web -n shop --network front',
      does: 'a node of a topology that is up, in one of its networks',
    },
    { line: 'pipewright attach web --host root@h1 --network br1', does: 'a container of another machine, by ssh' },
  ],
  positionals: [
    {
      name: 'GUEST',
      summary:
        'a container by name or id, KIND:NAME (docker:web, podman:db, pid:4711, netns:red), the path of a network namespace, or a name: of a node, of a namespace',
      required: true,
    },
  ],
  options: {
    ...globalOptions,
    network: text('NETWORK', 'where it goes, to be given: a network of the topology, a device (br1), or KIND:DEVICE'),
    address: list(
      'ADDRESS',
      'with prefix length, perhaps with a gateway (10.0.0.2/24@10.0.0.1); may be repeated. Or dhcp, slaac; by itself none',
    ),
    nic: text('NIC', 'its name; by default that of the nic in this network, else the first free of eth1, eth2, …'),
    mac: text('MAC', 'its MAC address; by default one made from the names'),
    mtu: text('BYTES', "its MTU; by default the network's"),
    parent: text('NIC', 'the nic of the guest that it is made on, where its network has such: a VLAN of eth1'),
    'host-device': text('DEVICE', "the name of its cable's other end, on the host"),
    vlan: text('ID', 'the VLAN of its bridge that it is in, untagged'),
    trunk: text('IDS', 'the VLANs of its bridge that it takes and sends with their tags: 10,20-29'),
    down: flag('leave it down, with its addresses and no routes'),
    promisc: flag('let it take in frames that are for others, too'),
    sysctl: list('NAME=VALUE', 'a kernel parameter of it, net.ipv4.conf.IFNAME.rp_filter=0; may be repeated'),
    offload: list(
      'FEATURE=off',
      'what its device leaves to the kernel, in the words of ethtool -K (tx=off); may be repeated',
    ),
    qdisc: list(
      'WORDS',
      'how it queues what it sends, in the words of tc (tbf rate 10mbit burst 32k latency 50ms); may be repeated',
    ),
    ...hostOption,
    ...unaskedOptions,
  },
  needsRoot: true,
  brief: true,
  run: async ({ options, words: [guest = ''], session, output }) => {
    const signal = abortedBySignal();
    const words = attachRequest(guest, options, process.cwd());
    const asked = { ...words, ...(await elsewhere(options, session)) };
    const engine = await session.engineFor(asked.topology);
    const { topologies } = engine;
    return changeNic({
      engine,
      output,
      dryRun: options['dry-run'],
      signal,
      asked,
      plan: () => topologies.planAttach(asked),
      apply: (planned) => topologies.attach(planned, signal),
      done: (planned) => attachedText(planned, guest),
      nothing: ({ nic }) => `No changes; ${printable(nic)} of ${printable(guest)} is as asked for.`,
    });
  },
});

function attachedText({ nic, model, plan }: PlannedNic, guest: string): string {
  const [made] = model?.nodes.flatMap((it) => it.nics) ?? [];
  const all = [...(made?.addresses ?? []), ...(made?.dynamic ?? []).map(({ by }) => `an address by ${by}`)];
  const addresses = all.length > 0 ? `, with ${all.join(', ')}` : '';
  const network = made?.network ?? '';
  const isNew = plan.changes.some(
    ({ action, type, on, id }) => action === 'create' && type === 'device' && on.node === undefined && id === network,
  );
  const at = made && made.on.host !== LOCAL_HOST ? ` on ${made.on.host}` : '';
  return printable(`${nic} of ${guest}${at} is in ${network}${isNew ? ', which is new' : ''}${addresses}`);
}
