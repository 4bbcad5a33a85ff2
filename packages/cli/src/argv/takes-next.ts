import type { OptionSpecs } from '../spec/option.js';

/** `-i eth2`, `--nic eth2`; not `--nic=eth2`, nor `-ieth2`. */
export const takesNext = (arg: string, options: OptionSpecs): boolean =>
  Object.entries(options).some(
    ([name, { type, alias }]) => type !== 'flag' && (arg === `--${name}` || (alias && arg === `-${alias}`)),
  );
