import { deviceKind } from '@pipewright/plugin';

export const vethDevice = deviceKind({ kind: 'veth', attributes: {}, cable: true });
