import {
  type FabricLinkSpec,
  type FabricSpec,
  type Key,
  keyOf,
  type LinkSpec,
  type NetworkSpec,
  type Nic,
  type Observed,
} from '@pipewright/plugin';
import { chooseIds, type SpanIds } from './fabric-ids.js';
import { othersOf, type Span } from './spans.js';

/** What there is to be carried. */
interface Parts {
  readonly networks: readonly NetworkSpec[];
  readonly links: readonly LinkSpec[];
}

interface Woven extends Parts {
  readonly fabrics: readonly FabricSpec[];
  readonly fabricLinks: readonly FabricLinkSpec[];
  readonly diagnostics: SpanIds['diagnostics'];
}

/** What each host has to know to carry its segments, and its ends of links, to those of the others. */
export function weave(
  topology: string,
  spans: readonly Span[],
  { networks, links }: Parts,
  actual: readonly Observed[],
): Woven {
  const woven = spans.map((span) => {
    const segments = networks.filter(({ name }) => name === span.name);
    const nics = links.filter(({ name }) => name === span.name).flatMap(({ ends }) => ends);
    const places = new Set([...segments.flatMap(switchOf), ...nics.map(deviceOf)]);
    return { ...span, segments, nics, places };
  });
  const { ids, diagnostics } = chooseIds(topology, woven, actual);
  const idOf = ({ name }: Span): number => ids.get(name) ?? 0;
  const kinds = new Map(spans.map(({ name, driver }) => [name, driver.kind]));
  const marked = <T extends { readonly name: string }>(it: T): T & { readonly fabric?: string } => {
    const fabric = kinds.get(it.name);
    return fabric === undefined ? it : { ...it, fabric };
  };
  return {
    networks: networks.map(marked),
    links: links.map(marked),
    fabrics: woven.flatMap((it) => it.segments.flatMap((segment) => segmentSpecs(it, segment, idOf(it)))),
    fabricLinks: woven.flatMap((it) => it.nics.flatMap((nic) => endSpecs(it, nic, idOf(it)))),
    diagnostics,
  };
}

function segmentSpecs(span: Span, { segment, mtu, device }: NetworkSpec, id: number): readonly FabricSpec[] {
  const { name: network, driver, options, path } = span;
  const here = span.ends.find(({ host }) => host === segment.host);
  if (!here || !device) return [];
  const others = othersOf(span, segment.host);
  const port = { ref: keyOf('device', segment, device.name) };
  return [
    { network, kind: driver.kind, options, id, ...trafficOf(span, id), here, others, segment, switch: port, mtu, path },
  ];
}

function endSpecs(span: Span, nic: Nic, id: number): readonly FabricLinkSpec[] {
  const { name: link, driver, options, path } = span;
  const here = span.ends.find(({ host }) => host === nic.on.host);
  const [other] = othersOf(span, nic.on.host);
  return here && other
    ? [{ link, kind: driver.kind, options, id, ...trafficOf(span, id), here, other, nic, path }]
    : [];
}

function trafficOf({ driver, options }: Span, id: number): Pick<FabricSpec, 'traffic'> {
  const traffic = driver.traffic?.(options as never, id);
  return traffic ? { traffic } : {};
}

const switchOf = ({ segment, device }: NetworkSpec): readonly Key[] =>
  device ? [keyOf('device', segment, device.name)] : [];

const deviceOf = ({ on, device }: Nic): Key => keyOf('device', on, device);
