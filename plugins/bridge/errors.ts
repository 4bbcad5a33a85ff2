import { defineError } from '@pipewright/plugin';

export const errors = {
  adoptedUnchanged: defineError('PW_BRIDGE_ADOPTED_UNCHANGED', (network: string, option: string) => ({
    message: `Network "${network}" adopts its bridge, which is left as it is; "${option}" would change it.`,
    fix: `Take ${option} or adopt away.`,
  })),
  adoptedUnnamed: defineError('PW_BRIDGE_ADOPTED_UNNAMED', (network: string) => ({
    message: `Network "${network}" adopts a bridge, but names none.`,
    fix: 'Name it: `bridge: br0`.',
  })),
};
