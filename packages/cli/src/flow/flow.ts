import { fail, type Model, type Nic, parseCidr, parseExposed } from '@pipewright/plugin';
import { errors } from '../errors.js';

/** A flow as it is asked about, in one family. */
export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly family: 4 | 6;
  /** Where the one reaches the other. */
  readonly address: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

const FLOW = 'a flow: FROM:TO:PORT, with /udp where it is not TCP: web:redis:6379, web:dns:53/udp';

/** `web:redis:6379` in each family in which the one has an address that the other may reach: in a network of both first. */
export function flowsOf(word: string, model: Model): readonly Flow[] {
  const [from, to, ports, ...more] = word.split(':');
  const exposed = ports === undefined ? undefined : parseExposed(ports);
  const isOne = exposed !== undefined && exposed.ports[0] === exposed.ports[1] && exposed.protocol !== 'sctp';
  if (from === undefined || to === undefined || !isOne || more.length > 0)
    return fail(errors.optionValue('--flow', FLOW, word));
  const [one, other] = [from, to].map((name) => nodeOf(name, model));
  const protocol = exposed.protocol === 'udp' ? 'udp' : 'tcp';
  const networks = new Set(one?.nics.map(({ network }) => network));
  const shared = (other?.nics ?? []).filter((it) => it.network !== undefined && networks.has(it.network));
  const flows = ([4, 6] as const).flatMap((family): readonly Flow[] => {
    const address = firstOf(shared, family) ?? firstOf(other?.nics ?? [], family);
    return address === undefined ? [] : [{ from, to, family, address, port: exposed.ports[0], protocol }];
  });
  return flows.length > 0 ? flows : fail(errors.flowNowhere(from, to));
}

function nodeOf(name: string, { nodes, topology }: Model) {
  const names = nodes.map((it) => it.name);
  return nodes.find((it) => it.name === name) ?? fail(errors.unknownNode(name, topology, names, undefined));
}

const firstOf = (nics: readonly Nic[], family: 4 | 6): string | undefined =>
  nics.flatMap((it) => it.addresses.flatMap((text) => parseCidr(text) ?? [])).find((it) => it.family === family)
    ?.address;
