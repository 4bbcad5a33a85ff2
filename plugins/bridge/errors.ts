import { defineError } from '@pipewright/plugin';

type Way = 'adopt' | 'shared';

export const errors = {
  leftAsItIs: defineError('PW_BRIDGE_LEFT_AS_IT_IS', (network: string, option: string, way: Way) => ({
    message: `The bridge of network "${network}" is left as it is, as \`${way}\` says; "${option}" would change it.`,
    fix: `Take ${option} or ${way} away.`,
  })),
  unnamed: defineError('PW_BRIDGE_UNNAMED', (network: string, way: Way) => ({
    message: `Network "${network}" says \`${way}\`, but names no bridge.`,
    fix: 'Name it: `bridge: br0`.',
  })),
};
