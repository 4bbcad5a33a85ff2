import { type Compiled, type FeatureOutcome, PipewrightError } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { show } from '../parse/show.js';
import { isMap } from '../parse/source.js';

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
export const compiledBy = (contract: string, kind: string, it: string, run: () => Compiled): Compiled =>
  guarded(contract, kind, it, () => listed(run()));

export const outcomeBy = (kind: string, it: string, run: () => FeatureOutcome): FeatureOutcome =>
  guarded('feature', kind, it, () => {
    const outcome: unknown = run();
    if (!isMap(outcome)) throw new TypeError(`it gave ${show(outcome)}, and not resources and slots`);
    return { ...(outcome as unknown as FeatureOutcome), resources: listed(outcome['resources']) };
  });

function listed(given: unknown): Compiled {
  if (!Array.isArray(given)) throw new TypeError(`it gave ${show(given)}, and no list of resources`);
  const stranger = given.findIndex(
    (it) => !(isMap(it) && ('severity' in it || (isMap(it['on']) && isMap(it['attrs'])))),
  );
  if (stranger >= 0) throw new TypeError(`it gave ${show(given[stranger])} among its resources`);
  return given as Compiled;
}
