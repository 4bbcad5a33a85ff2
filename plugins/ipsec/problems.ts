import { type Diagnostic, type FabricTraffic, type Fault, type Model, type Path, problem } from '@pipewright/plugin';
import { errors } from './errors.js';
import type { FabricOptions } from './options.js';

/** Characters: 128 bits in hexadecimal. */
const LEAST = 32;

/** A fabric from one host to another, of which the first is named first in the alphabet, so that each pair is there once. */
interface Pair {
  readonly name: string;
  readonly hosts: readonly [string, string];
  readonly traffic: FabricTraffic | undefined;
  readonly secret: string | undefined;
  readonly path: Path;
}

/** Each is told once, of whatever hosts. */
export function problemsOf(model: Model): readonly Diagnostic[] {
  const pairs = pairsOf(model);
  const found = pairs.flatMap((it, index) => [
    ...(it.secret !== undefined && it.secret.length < LEAST ? [ofKey(errors.weakKey(LEAST), it)] : []),
    ...pairs.slice(0, index).flatMap((other) => mixed(other, it)),
  ]);
  return [...new Map(found.map((it) => [it.message.replace(/ go(es)? between .*/, '') + it.path.join(), it])).values()];
}

const ofKey = (fault: Fault, { path }: Pair): Diagnostic => ({
  ...problem(fault, [...path, 'fabric', 'encrypt', 'key']),
  secret: true,
});

function mixed(one: Pair, other: Pair): readonly Diagnostic[] {
  const { hosts } = one;
  if (hosts.join() !== other.hosts.join()) return [];
  if (one.secret !== undefined && other.secret !== undefined)
    return one.secret === other.secret ? [] : [ofKey(errors.twoKeys(one.name, other.name, hosts), other)];
  const [clear, encrypted] = one.secret === undefined ? [one, other] : [other, one];
  const port = encrypted.secret === undefined ? undefined : encrypted.traffic?.port;
  return port !== undefined && clear.traffic?.port === port
    ? [problem(errors.inTheClear(clear.name, encrypted.name, hosts, port), [...clear.path, 'fabric'])]
    : [];
}

const pairsOf = ({ fabrics, fabricLinks }: Model): readonly Pair[] =>
  [
    ...fabrics.map(({ network, others, ...it }) => ({ ...it, name: network, others })),
    ...fabricLinks.map(({ link, other, ...it }) => ({ ...it, name: link, others: [other] })),
  ].flatMap(({ name, here, others, traffic, options, path }) =>
    others
      .filter(({ host }) => here.host < host)
      .map(({ host }) => ({
        name,
        hosts: [here.host, host] as const,
        traffic,
        secret: (options as FabricOptions).encrypt?.key.secretText,
        path,
      })),
  );
