import { LOCAL_HOST, type Placement } from '@pipewright/plugin';

/** A place in words; of this machine the host goes without saying. */
export function placeWords({ host, node }: Placement): string {
  if (host === LOCAL_HOST) return node ?? 'the host';
  return node === undefined ? `host ${host}` : `${node} on ${host}`;
}
