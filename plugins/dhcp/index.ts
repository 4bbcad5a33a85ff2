import {
  type CompileContext,
  type Compiled,
  definePlugin,
  featureDriver,
  keyOf,
  type Nic,
  PLUGIN_API,
  processIn,
  problem,
} from '@pipewright/plugin';
import { chooseClient, CLIENTS, programs } from './clients.js';
import { errors } from './errors.js';
import { type ClientKind, type DhcpOptions, options } from './options.js';
import { allowedWords, refusedWord } from './words.js';

/** Debian's packages. */
const PACKAGES: Readonly<Record<ClientKind, string>> = {
  udhcpc: 'udhcpc',
  dhclient: 'isc-dhcp-client',
  dhcpcd: 'dhcpcd-base',
};

export const dhcp = featureDriver({
  kind: 'dhcp',
  summary: 'An address by DHCP: a client of the host runs in the node and keeps its lease.',
  addressing: options,
  programs: [{ name: 'DHCP client', anyOf: programs, package: PACKAGES.udhcpc }],
  compile: ({ nodes }, context) => ({
    resources: nodes.flatMap(({ nics }) => nics.flatMap((nic) => nicResources(nic, context.on(nic.on.host)))),
  }),
});

function nicResources(nic: Nic, { topology, facts }: CompileContext): Compiled {
  const dynamic = nic.dynamic.find(({ by }) => by === dhcp.kind);
  if (!dynamic) return [];
  const given = dynamic.options as DhcpOptions;
  const path = [...nic.path, dhcp.kind];
  const client = chooseClient(given.client, facts);
  if (client === undefined) return [missing(nic, given.client)];
  const refused = refusedWord(client.kind, given.options);
  if (refused !== undefined) {
    const fault = errors.refusedOption(nic.id, refused, client.kind, allowedWords(client.kind));
    return [problem(fault, [...path, 'options'])];
  }
  const asked = { ...given, device: nic.device, hostname: given.hostname ?? nic.node, route: dynamic.gateway };
  const within = [{ ref: keyOf('device', nic.on, nic.device) }];
  const ready = { withinMs: given.timeout * 1000, otherwise: `no lease within ${String(given.timeout)} s` };
  const run = CLIENTS[client.kind](client.argv, asked);
  const once = given.once ? ({ once: true } as const) : {};
  return [processIn(nic.on, topology, `${nic.id}/dhcp`, { ...run, ready, ...once }, { within })];
}

const missing = ({ id, path }: Nic, client: ClientKind | undefined) =>
  client === undefined
    ? problem(errors.noClient(id, 'DHCP client', Object.values(PACKAGES)), path)
    : problem(errors.noClient(id, client, [PACKAGES[client]]), [...path, dhcp.kind, 'client']);

export default definePlugin({ name: 'dhcp', api: PLUGIN_API, drivers: { features: [dhcp] } });
