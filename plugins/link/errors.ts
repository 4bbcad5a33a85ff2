import { defineError } from '@pipewright/plugin';

export const errors = {
  sameVariable: defineError('PW_LINK_SAME_VARIABLE', (node: string, name: string, one: string, other: string) => ({
    message: `The service links "${one}" and "${other}" of node "${node}" both set the variable ${name}.`,
    fix: 'Give one of them another alias.',
  })),
  nameTaken: defineError('PW_LINK_NAME_TAKEN', (node: string, name: string, to: string) => ({
    message: `Node "${node}" says itself where "${name}" is (extra-hosts), and its service link to "${to}" says so, too.`,
    fix: `Take "${name}" out of extra-hosts, or the service link away.`,
  })),
  tooManyPorts: defineError('PW_LINK_TOO_MANY_PORTS', (node: string, to: string, count: number, most: number) => ({
    message: `The service link of node "${node}" to "${to}" is for ${count} ports, four variables each; it may be for ${most}.`,
    fix: `Say which it is for: \`{ node: ${to}, ports: [80] }\`.`,
  })),
};
