import type { Ref } from '@pipewright/plugin';
import type { FabricOptions } from './options.js';

/** RFC 7348: whom a frame without a known way goes to is kept under this MAC address. */
export const EVERYBODY = '00:00:00:00:00:00';

/** Where a tunnel leads. */
interface Way {
  readonly id: number;
  readonly local: string | null;
  /** The only one, or a group. */
  readonly remote: string | null;
  /** The device that it goes over. */
  readonly link: Ref | null;
}

export const tunnelAttrs = (it: Omit<FabricOptions, 'id'>, { id, local, remote, link }: Way) => ({
  kind: 'vxlan',
  id,
  remote,
  local,
  port: it.port,
  ttl: it.ttl,
  tos: it.tos,
  learning: it.learning,
  ageing: it.ageing,
  link,
  up: true,
});
