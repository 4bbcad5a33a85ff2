import { type FabricSpec, type Key, keyOf, type NetworkSpec, type Observed } from '@pipewright/plugin';
import { chooseIds, type SpanIds } from './fabric-ids.js';
import { othersOf, type Span } from './spans.js';

interface Woven {
  readonly networks: readonly NetworkSpec[];
  readonly fabrics: readonly FabricSpec[];
  readonly diagnostics: SpanIds['diagnostics'];
}

/** What each host has to know to carry its segments to those of the others. */
export function weave(
  topology: string,
  spans: readonly Span[],
  networks: readonly NetworkSpec[],
  actual: readonly Observed[],
): Woven {
  const woven = spans.map((span) => ({
    ...span,
    segments: networks.filter(({ name }) => name === span.name),
  }));
  const named = woven.map((it) => ({ ...it, switches: new Set(it.segments.flatMap(switchOf)) }));
  const { ids, diagnostics } = chooseIds(topology, named, actual);
  const kinds = new Map(spans.map(({ name, driver }) => [name, driver.kind]));
  return {
    networks: networks.map((it) => {
      const fabric = kinds.get(it.name);
      return fabric === undefined ? it : { ...it, fabric };
    }),
    fabrics: woven.flatMap((it) => it.segments.flatMap((segment) => specsOf(it, segment, ids.get(it.name) ?? 0))),
    diagnostics,
  };
}

function specsOf(span: Span, { segment, mtu, device }: NetworkSpec, id: number): readonly FabricSpec[] {
  const { name: network, driver, options, path } = span;
  const here = span.ends.find(({ host }) => host === segment.host);
  if (!here || !device) return [];
  return [
    {
      network,
      kind: driver.kind,
      options,
      id,
      here,
      others: othersOf(span, segment.host),
      segment,
      switch: { ref: keyOf('device', segment, device.name) },
      mtu,
      path,
    },
  ];
}

const switchOf = ({ segment, device }: NetworkSpec): readonly Key[] =>
  device ? [keyOf('device', segment, device.name)] : [];
