import { defineError } from '@pipewright/plugin';

export const errors = {
  noSuchDevice: defineError(
    'PW_NO_SUCH_DEVICE',
    (name: string, suggestion: string | undefined, host: string | undefined) => ({
      message: `${host === undefined ? 'This host' : `Host "${host}"`} has no device "${name}".${suggestion === undefined ? '' : ` Did you mean "${suggestion}"?`}`,
      fix:
        suggestion === undefined
          ? 'Give the name of a device that `ip link` lists on the host, not in a container.'
          : `Type \`pipewright whose ${suggestion}${host === undefined ? '' : ` --host ${host}`}\`.`,
    }),
  ),
};
