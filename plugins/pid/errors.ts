import { defineError } from '@pipewright/plugin';

export const errors = {
  oneOfTwo: defineError('PW_PID_ONE_OF_TWO', (node: string, found: 'both' | 'neither') => ({
    message:
      found === 'both'
        ? `Node "${node}" gives both a pid and a path; one of them says where its namespace is.`
        : `Node "${node}" gives neither a pid nor a path; nothing says where its namespace is.`,
    fix: 'Give `pid: 4711`, or `path: /proc/4711/ns/net`.',
  })),
};
