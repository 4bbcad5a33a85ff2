import { type Compiled, type FeatureOutcome, isResource, type NodeSlots } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { show } from '../parse/show.js';
import { isMap } from '../parse/source.js';
import { blaming } from '../registry/blaming.js';
import { checkAttributes, type Kinds } from './attributes.js';

/** A driver that throws is named, with what it was given. */
export const guarded = <T>(contract: string, kind: string, it: string, run: () => T): T =>
  blaming((words) => errors.driverThrew(contract, kind, it, words), run);

/** What a driver compiles to. One that TypeScript did not check may give anything. */
export const compiledBy = (contract: string, driver: Driver, it: string, kinds: Kinds, run: () => Compiled): Compiled =>
  guarded(contract, driver.kind, it, () => checkAttributes(driver, listed(run()), kinds));

/** `nodes`: those that there are. */
export const outcomeBy = (
  driver: Driver,
  it: string,
  nodes: ReadonlySet<string>,
  kinds: Kinds,
  run: () => FeatureOutcome,
): FeatureOutcome =>
  guarded('feature', driver.kind, it, () => {
    const outcome: unknown = run();
    if (!isMap(outcome)) throw new TypeError(`it gave ${show(outcome)}, and not resources and slots`);
    const resources = checkAttributes(driver, listed(outcome['resources']), kinds);
    if (outcome['slots'] !== undefined) checkSlots(outcome['slots'], nodes);
    return { ...(outcome as unknown as FeatureOutcome), resources };
  });

const isText = (it: unknown): boolean => typeof it === 'string';

/** What each slot of a node takes under a name. */
const SLOTS: Readonly<Record<keyof NodeSlots, (it: unknown) => boolean>> = {
  env: isText,
  hosts: (it) => Array.isArray(it) && it.every(isText),
  mounts: isText,
};

function checkSlots(given: unknown, nodes: ReadonlySet<string>): void {
  if (!isMap(given)) throw new TypeError(`its slots are ${show(given)}`);
  for (const [node, filled] of Object.entries(given)) {
    if (!nodes.has(node)) throw new TypeError(`it fills slots of "${node}", and there is no such node`);
    if (!isMap(filled)) throw new TypeError(`its slots of "${node}" are ${show(filled)}`);
    for (const [slot, values] of Object.entries(filled))
      checkSlot(`${slot} of "${node}"`, SLOTS[slot as never], values);
  }
}

function checkSlot(what: string, takes: ((it: unknown) => boolean) | undefined, values: unknown): void {
  if (!takes) throw new TypeError(`there is no slot ${what}: slots are ${Object.keys(SLOTS).join(', ')}`);
  if (!isMap(values)) throw new TypeError(`${what} is ${show(values)}`);
  const [bad] = Object.entries(values).filter(([, value]) => !takes(value));
  if (bad) throw new TypeError(`${bad[0]} in ${what} is ${show(bad[1])}`);
}

interface Driver {
  readonly kind: string;
}

function listed(given: unknown): Compiled {
  if (!Array.isArray(given)) throw new TypeError(`it gave ${show(given)}, and no list of resources`);
  const stranger = given.findIndex((it) => !(isMap(it) && 'severity' in it) && !isResource(it));
  if (stranger >= 0) throw new TypeError(`it gave ${show(given[stranger])} among its resources`);
  return given as Compiled;
}
