import {
  type Compiled,
  type CompileContext,
  definePlugin,
  type Family,
  type FabricEnd,
  type FabricTraffic,
  fabricFeature,
  type FabricWay,
  featureDriver,
  PLUGIN_API,
  ref,
  type Secret,
  sha256,
  xfrmPolicy,
  xfrmState,
} from '@pipewright/plugin';
import { type FabricOptions, options } from './options.js';
import { problemsOf } from './problems.js';

/** ESP's header, an initialisation vector and a checksum (RFC 4303, RFC 3602, RFC 4868); the end is padded to blocks. */
const [HEADER, VECTOR, CHECK, BLOCK] = [8, 16, 16, 16];
/** Length of the padding, and what follows. */
const TRAILER = 2;

const ipHeader = (family: Family): number => (family === 6 ? 40 : 20);

/** The most that an IP packet may have, so that it has no more than `carries` bytes when it is encrypted. */
export function room(carries: number, family: Family): number {
  const blocks = Math.floor((carries - ipHeader(family) - HEADER - VECTOR - CHECK) / BLOCK);
  return ipHeader(family) + blocks * BLOCK - TRAILER;
}

const hex = (...words: readonly string[]): string => Buffer.from(sha256(JSON.stringify(words))).toString('hex');

/** Numbers up to 255 are reserved (RFC 4303, 2.1). */
const SPIS = { first: 256, count: 2 ** 32 - 256 };

/** Of each direction of each pair of hosts others, which they all come to by themselves. With another key, another SPI. */
function association(topology: string, { secretText: secret }: Secret, src: string, dst: string) {
  const derived = (what: string): string => hex('pipewright ipsec', what, secret, topology, src, dst);
  const spi = SPIS.first + (Number.parseInt(derived('spi').slice(0, 12), 16) % SPIS.count);
  return { src, dst, spi, keys: { secretText: derived('authentication') + derived('encryption') } };
}

function encrypted(way: FabricWay<FabricOptions>, { topology }: CompileContext): Compiled {
  const { options: given, here, there, traffic } = way;
  if (!given.encrypt) return [];
  const { key } = given.encrypt;
  const on = { host: here.host };
  const state = ({ host }: FabricEnd, from: FabricEnd, to: FabricEnd) => {
    const attrs = association(topology, key, from.underlay, to.underlay);
    return xfrmState({ host }, attrs, { id: `${from.host}:${to.host}/${attrs.spi.toString(16)}` });
  };
  // The kernel sends with the newest at once: it is to be taken there by then.
  const sent = { ...state(here, here, there), needs: [ref(state(there, here, there))] };
  const taken = state(here, there, here);
  const policy = (dir: 'in' | 'out', from: FabricEnd, to: FabricEnd) =>
    xfrmPolicy(
      on,
      { dir, src: from.underlay, dst: to.underlay, ...traffic },
      { id: `${from.host}:${to.host}/${wordsOf(traffic)}`, needs: [ref(sent), ref(taken)] },
    );
  return [sent, taken, policy('out', here, there), policy('in', there, here)];
}

const wordsOf = ({ protocol, port, key }: FabricTraffic): string =>
  [protocol, port ?? key].filter((it) => it !== undefined).join('/');

export const ipsec = featureDriver({
  kind: 'ipsec',
  summary: 'What goes from host to host is encrypted: IPsec with keys that are made of one in the file.',
  fabric: fabricFeature({
    options,
    applies: ({ encrypt }) => encrypt !== undefined,
    room,
    compile: encrypted,
  }),
  compile: (model) => ({ resources: problemsOf(model) }),
});

export default definePlugin({ name: 'ipsec', api: PLUGIN_API, drivers: { features: [ipsec] } });
