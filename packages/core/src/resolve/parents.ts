import { type Diagnostic, type Fault, keyOf, problem } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { Registries } from '../registry/registry.js';
import type { Topology } from '../topology.js';
import type { DraftNic } from './nics.js';

interface Placed {
  readonly nics: readonly DraftNic[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Nics that are made on another of their node get to know it, and have of it what they do not say themselves. */
export function putOnParents(topology: Topology, nics: readonly DraftNic[], { networks: drivers }: Registries): Placed {
  const networks = new Map(topology.networks.map((it) => [it.name, it]));
  const unfit = nics.flatMap(({ nic, entry }) => {
    const network = networks.get(nic.network ?? '');
    if (entry.parent === undefined || !network || drivers.get(network.kind)?.nicOn) return [];
    const able = drivers.all().flatMap(({ kind, nicOn }) => (nicOn ? [kind] : []));
    return [problem(errors.noParents(nic.id, network.name, network.kind, able), [...nic.path, 'parent'])];
  });
  const own = new Map<string, DraftNic[]>();
  for (const it of nics) own.set(it.nic.node, [...(own.get(it.nic.node) ?? []), it]);
  const placed = [...own.values()].map(putOn);
  return {
    nics: placed.flatMap((it) => it.nics),
    diagnostics: [...unfit, ...placed.flatMap((it) => it.diagnostics)],
  };
}

function putOn(own: readonly DraftNic[]): Placed {
  const byName = new Map(own.map((it) => [it.nic.name, it]));
  const diagnostics: Diagnostic[] = [];
  const done = new Map<DraftNic, DraftNic>();
  const place = (it: DraftNic, on: readonly DraftNic[] = []): DraftNic => {
    const known = done.get(it);
    if (known) return known;
    const complain = (fault: Fault): void => {
      diagnostics.push(problem(fault, [...it.nic.path, 'parent']));
    };
    const parent = parentOf(it, [...on, it], byName, complain);
    const placed = parent ? putOnOne(it, place(parent, [...on, it]), complain) : withParent(it, it.entry.parent);
    done.set(it, placed);
    return placed;
  };
  return { nics: own.map((it) => place(it)), diagnostics };
}

function parentOf(
  { nic, entry: { parent: name } }: DraftNic,
  on: readonly DraftNic[],
  byName: ReadonlyMap<string, DraftNic>,
  complain: (fault: Fault) => void,
): DraftNic | undefined {
  if (name === undefined) return undefined;
  const parent = byName.get(name);
  if (!parent)
    complain(
      errors.noSuchParent(
        nic.id,
        name,
        [...byName.keys()].filter((it) => it !== nic.name),
      ),
    );
  if (!parent || !on.includes(parent)) return parent;
  complain(
    errors.parentLoop(
      nic.id,
      [...on.slice(on.indexOf(parent)), parent].map((it) => it.nic.name),
    ),
  );
  return undefined;
}

/** Of one that there is not, only the name is known: of what is wrong enough was said. */
const withParent = (it: DraftNic, device: string | undefined): DraftNic =>
  device === undefined ? it : { ...it, nic: { ...it.nic, parent: { ref: keyOf('device', it.nic.on, device) } } };

function putOnOne(it: DraftNic, { nic: parent }: DraftNic, complain: (fault: Fault) => void): DraftNic {
  const { nic } = it;
  const { mac = parent.mac, mtu = parent.mtu } = nic.given;
  if (mtu > parent.mtu) complain(errors.mtuOverParent(nic.id, mtu, parent.id, parent.mtu));
  if (parent.settings.up === false && nic.settings.up !== false) complain(errors.parentIsDown(nic.id, parent.id));
  return withParent({ ...it, nic: { ...nic, mac, mtu } }, parent.device);
}
