import { defineError } from '@pipewright/plugin';

export const errors = {
  deaf: defineError('PW_SLAAC_DEAF', (nic: string, parameter: string, value: string, wanted: string) => ({
    message: `${nic} is to have what routers announce, for which ${parameter} must be ${wanted}, and is to be ${value}.`,
    fix: `Take that line away, or \`slaac\`.`,
  })),
};
