import {
  type Compiled,
  type CompileContext,
  type FabricEnd,
  type FabricLinkSpec,
  type FabricSpec,
  isDiagnostic,
  type Key,
  type Model,
  type Path,
  problem,
  ref,
  type Resource,
} from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';
import { guarded } from './guarded.js';

type Fabric = FabricSpec | FabricLinkSpec;

interface Ways {
  readonly ways: readonly { readonly path: Path; readonly items: Compiled }[];
  /** What a fabric compiled to, with devices that are there only after all that is on their ways. */
  readonly waysOf: (fabric: Fabric, compiled: Compiled) => Compiled;
}

/** What features have on the ways from host to host: once, however many fabrics go there. */
export function compileWays(
  { fabrics, fabricLinks }: Model,
  registries: Registries,
  contextOn: (host: string) => CompileContext,
): Ways {
  const known = new Set<Key>();
  const all = [...fabrics, ...fabricLinks].map((fabric) => ({ fabric, items: itemsOf(fabric, registries, contextOn) }));
  const needs = new Map(all.map(({ fabric, items }) => [fabric, resourcesIn(items).map((it) => ref(it))]));
  return {
    ways: all.map(({ fabric: { path }, items }) => ({
      path,
      items: items.filter((it) => isDiagnostic(it) || (!known.has(it.key) && known.add(it.key))),
    })),
    waysOf: (fabric, compiled) => {
      const more = needs.get(fabric) ?? [];
      if (more.length === 0) return compiled;
      return compiled.map((it) =>
        !isDiagnostic(it) && it.type === 'device' && !it.adopt ? { ...it, needs: [...(it.needs ?? []), ...more] } : it,
      );
    },
  };
}

function itemsOf(it: Fabric, { features }: Registries, contextOn: (host: string) => CompileContext): Compiled {
  const { options, traffic, here, path, kind } = it;
  const others = othersOf(it);
  return features.flatMap(({ kind: feature, fabric }) => {
    if (!fabric?.applies(options as never)) return [];
    if (!traffic) return untold(it, feature);
    return others.flatMap((there) =>
      guarded('feature', feature, kind, () =>
        fabric.compile({ options: options as never, here, there, traffic, path }, contextOn(here.host)),
      ),
    );
  });
}

const othersOf = (it: Fabric): readonly FabricEnd[] => ('others' in it ? it.others : [it.other]);

/** Said of the host whose name is first alone: it is the same on all. */
const untold = (it: Fabric, feature: string): Compiled =>
  othersOf(it).some(({ host }) => host < it.here.host)
    ? []
    : [problem(errors.fabricUntold('network' in it ? it.network : it.link, it.kind, feature), [...it.path, 'fabric'])];

const resourcesIn = (items: Compiled): readonly Resource[] => items.flatMap((it) => (isDiagnostic(it) ? [] : [it]));
