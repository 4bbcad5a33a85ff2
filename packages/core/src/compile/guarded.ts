import { type Compiled, type FeatureOutcome, PipewrightError } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { show } from '../parse/show.js';
import { isMap } from '../parse/source.js';
import { checkAttributes, type Kinds } from './attributes.js';

/** A driver that throws is named, with what it was given. */
export function guarded<T>(contract: string, kind: string, it: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof PipewrightError) throw cause;
    throw new PipewrightError(
      errors.driverThrew(contract, kind, it, cause instanceof Error ? cause.message : String(cause)),
      { cause },
    );
  }
}

/** What a driver compiles to. One that TypeScript did not check may give anything. */
export const compiledBy = (contract: string, driver: Driver, it: string, kinds: Kinds, run: () => Compiled): Compiled =>
  guarded(contract, driver.kind, it, () => checkAttributes(driver, listed(run()), kinds));

export const outcomeBy = (driver: Driver, it: string, kinds: Kinds, run: () => FeatureOutcome): FeatureOutcome =>
  guarded('feature', driver.kind, it, () => {
    const outcome: unknown = run();
    if (!isMap(outcome)) throw new TypeError(`it gave ${show(outcome)}, and not resources and slots`);
    const resources = checkAttributes(driver, listed(outcome['resources']), kinds);
    return { ...(outcome as unknown as FeatureOutcome), resources };
  });

interface Driver {
  readonly kind: string;
}

function listed(given: unknown): Compiled {
  if (!Array.isArray(given)) throw new TypeError(`it gave ${show(given)}, and no list of resources`);
  const stranger = given.findIndex(
    (it) => !(isMap(it) && ('severity' in it || (isMap(it['on']) && isMap(it['attrs'])))),
  );
  if (stranger >= 0) throw new TypeError(`it gave ${show(given[stranger])} among its resources`);
  return given as Compiled;
}
