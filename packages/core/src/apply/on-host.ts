import type { Placement, Stage, TransactionStart } from '@pipewright/plugin';

interface Placed {
  readonly on: Placement;
}

const isOn =
  (host: string) =>
  ({ on }: Placed): boolean =>
    on.host === host;

/** What stages do on one host. */
export const stagesOn = (host: string, stages: readonly Stage[]): readonly Stage[] =>
  stages.map(({ batches }) => ({ batches: batches.filter(isOn(host)) })).filter(({ batches }) => batches.length > 0);

/** What undoing takes, of one host. */
export function startOn(host: string, start: TransactionStart): TransactionStart {
  const { hosts = [], nodes, wanted, applied, ...request } = start.request;
  const its = hosts.filter(({ name }) => name === host);
  return {
    ...start,
    before: start.before.filter(isOn(host)),
    request: {
      ...request,
      ...(its.length > 0 ? { hosts: its } : {}),
      nodes: nodes.filter(isOn(host)),
      wanted: wanted.filter(isOn(host)),
      applied: applied.filter(isOn(host)),
    },
  };
}
