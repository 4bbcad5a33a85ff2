import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { delimiter } from 'node:path';
import { type Attrs, type HostFacts, type HostRoute, isRef, type Observed, type RouteAttrs } from '@pipewright/plugin';
import { textOf } from '../../text-of.js';
import type { Asker } from './asker.js';
import type { Kinds } from './observe.js';

/** What a host is, its devices aside. */
export type BareFacts = Omit<HostFacts, 'devices'>;

/** Programs of which the facts tell: those of our own and what features need. */
export const toolsSought = ({ features }: Pick<Kinds, 'features'>): readonly string[] => [
  ...['ip', 'nsenter', 'unshare', 'ping', 'tc'],
  ...features.flatMap(({ programs = [] }) => programs.flatMap(({ anyOf }) => anyOf)),
];

/** What this host is, its devices aside. Throws where a program is missing that nothing works without. */
export async function readFacts(asker: Asker, kinds: Kinds): Promise<BareFacts> {
  return {
    machineId: readMachineId(),
    kernel: release(),
    tools: toolsOf(toolsSought(kinds).filter(isOnPath), await asker.ipVersion()),
  };
}

export const toolsOf = (found: readonly string[], ipVersion: string): HostFacts['tools'] =>
  Object.fromEntries(found.map((tool) => [tool, tool === 'ip' ? ipVersion : '']));

/** Without a machine-id (containers) names hash the boot: they last as long as what they name. */
export const MACHINE_ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id', '/proc/sys/kernel/random/boot_id'];

function readMachineId(): string {
  for (const file of MACHINE_ID_FILES) {
    const id = textOf(file).trim();
    if (id !== '') return id;
  }
  return '';
}

const isOnPath = (tool: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(`${folder}/${tool}`));

const MAIN_TABLE = 254; // RT_TABLE_MAIN

const nameIn = (key: string): string => key.slice(key.lastIndexOf('/') + 1);

export const routesOf = (all: readonly Observed[]): readonly HostRoute[] =>
  all
    .filter((it) => it.type === 'route' && it.on.node === undefined)
    .map(({ attrs }) => attrs as RouteAttrs)
    .flatMap(({ to, family, kind, table, metric, dev }) =>
      kind === 'unicast' && table === MAIN_TABLE && dev
        ? [{ to: to === 'default' ? (family === 6 ? '::/0' : '0.0.0.0/0') : to, dev: nameIn(dev.ref), metric }]
        : [],
    );

export const devicesOf = (all: readonly Observed[]): HostFacts['devices'] =>
  all
    .filter((it) => it.type === 'device' && it.on.node === undefined)
    .map(({ attrs: { name, kind, mac, mtu, up, master, ...others } }) => ({
      name: String(name),
      kind: String(kind),
      ...(typeof mac === 'string' ? { mac } : {}),
      ...(typeof mtu === 'number' ? { mtu } : {}),
      ...(typeof up === 'boolean' ? { up } : {}),
      ...(isRef(master) ? { master: nameIn(master.ref) } : {}),
      ...attributesOf(others),
    }));

/** Without what every device has. */
function attributesOf({
  promisc: _promisc,
  altnames: _altnames,
  alias: _alias,
  group: _group,
  link: _link,
  asPort: _asPort,
  ...attributes
}: Attrs): Pick<HostFacts['devices'][number], 'attributes'> {
  return Object.keys(attributes).length > 0 ? { attributes } : {};
}
