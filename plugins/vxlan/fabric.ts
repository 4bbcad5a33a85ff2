import {
  type Compiled,
  device,
  type FabricDriver,
  fabricDriver,
  type FabricSpec,
  fdb,
  type Names,
} from '@pipewright/plugin';
import { type FabricOptions, fabricOptions, IDS, overheadOver } from './options.js';
import { EVERYBODY, tunnelAttrs } from './tunnel-attrs.js';

/** One tunnel a host, which sends what is for everybody to each of the others; a bridge never sends it back into it. */
export const vxlanFabric: FabricDriver = fabricDriver({
  kind: 'vxlan',
  summary: 'Ethernet in UDP, each host straight to each other.',
  options: fabricOptions,
  default: true,
  ids: IDS,
  id: (it) => it.id,
  idOf: ({ attrs: { kind, id, port } }, it) =>
    kind === 'vxlan' && typeof id === 'number' && port === it.port ? id : undefined,
  overhead: (_, family) => overheadOver(family),
  compile: (fabric, { names }) => joined(fabric, names),
  // Born in the node, its packets are still sent and received by the host.
  link: ({ nic: { on, device: name, id: nicId, mac, mtu, altnames }, id, options, here, other }) => {
    const way = { id, local: here.underlay, remote: other.underlay, link: null };
    return [device(on, name, { ...tunnelAttrs(options, way), mac, mtu, altnames }, { id: nicId })];
  },
});

function joined(
  { network, segment, id, options, here, others, switch: master, mtu }: FabricSpec<FabricOptions>,
  names: Names,
): Compiled {
  const words = [network, 'vxlan'];
  const way = { id, local: here.underlay, remote: null, link: null };
  const own = { mac: names.mac(...words), mtu, altnames: names.altnames(...words), master };
  const tunnel = device(
    segment,
    names.device(...words),
    { ...tunnelAttrs(options, way), ...own },
    { id: `${network}:vxlan` },
  );
  return [tunnel, ...others.map(({ underlay }) => fdb(tunnel, EVERYBODY, underlay))];
}
