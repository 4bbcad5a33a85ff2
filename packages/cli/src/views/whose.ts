import type { DeviceReport, FarEnd, NamespaceReport } from '@pipewright/host';
import type { Paint } from '../output/paint.js';
import { table } from '../output/table.js';
import { count, printable } from '../output/text.js';

/** One device: a line; where it has ports, a line a port below. */
export function whoseText(it: DeviceReport, paint: Paint): string {
  const line = printable(`${sentence(it)}${claim(it)}`);
  return it.ports.length === 0 ? line : [`${line}:`, '', devicesTable(it.ports, paint)].join('\n');
}

/** All cables of the host. */
export const cablesText = (cables: readonly DeviceReport[], paint: Paint): string =>
  cables.length === 0 ? 'No device of this host leads to another one.' : devicesTable(cables, paint);

/** It has another end, wherever that is. */
export const isCable = ({ peer, unseen }: DeviceReport): boolean => peer !== null || unseen !== null;

function sentence(it: DeviceReport): string {
  const { device, kind, parent, unseen, peer, ports } = it;
  if (peer)
    return [`${device} belongs to ${ownerOf(peer.namespace)}: its other end is ${peer.nic}`, ...peer.addresses].join(
      ', ',
    );
  if (unseen !== null)
    return `${device} leads to device number ${String(unseen)} of a namespace that has neither a name in /run/netns nor a process`;
  const what = `${device} is a device of kind ${kind}`;
  if (ports.length > 0) return `${what} with ${count(ports.length, 'port')}`;
  return parent === null ? `${what}, no end of a cable and without ports` : `${what} on ${parent}`;
}

const ownerOf = (namespace: NamespaceReport | null): string => (namespace ? placeOf(namespace) : 'this host');

function placeOf({ container, name, pids }: NamespaceReport): string {
  if (container) return `container ${container.name}${container.engine === null ? '' : ` (${container.engine})`}`;
  return name === null ? `namespace of process ${String(pids[0])}` : `namespace ${name}`;
}

/** What a topology says of it: ` (node web, network front of topology shop)`. */
function claim({ topology, network, link, peer }: DeviceReport): string {
  const of = topology ?? peer?.namespace?.topology ?? null;
  if (of === null) return '';
  const node = peer?.namespace?.node ?? null;
  const words = [
    node !== null && `node ${node}`,
    network !== null && `network ${network}`,
    link && `link ${link.join(' ')}`,
  ].filter(Boolean);
  return ` (${[words.join(', '), `topology ${of}`].filter((it) => it !== '').join(' of ')})`;
}

const devicesTable = (devices: readonly DeviceReport[], paint: Paint): string =>
  table(['DEVICE', 'FAR END', 'IN', 'ADDRESSES', 'PORT OF', 'TOPOLOGY'], devices.map(row), paint);

function row(it: DeviceReport): readonly string[] {
  const { device, kind, master, topology, peer, unseen } = it;
  return [
    device,
    peer?.nic ?? (unseen === null ? `- (${kind})` : `number ${String(unseen)}`),
    whereabouts(it),
    peer?.addresses.join(' ') || '-',
    master ?? '-',
    topology ?? peer?.namespace?.topology ?? '-',
  ];
}

function whereabouts({ peer, unseen }: DeviceReport): string {
  if (!peer) return unseen === null ? '-' : 'unknown';
  return peer.namespace ? nodeAndPlace(peer.namespace) : 'this host';
}

/** `node web: container shop-web (docker)` */
const nodeAndPlace = (namespace: NonNullable<FarEnd['namespace']>): string =>
  namespace.node === null ? placeOf(namespace) : `node ${namespace.node}: ${placeOf(namespace)}`;
