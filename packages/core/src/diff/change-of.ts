import type { Change, ChangeAction, Observed, Resource } from '@pipewright/plugin';

/** A change of one thing; `before` or `after` is there. */
export function changeOf(
  action: ChangeAction,
  before: Observed | undefined,
  after: Resource | undefined,
  more: { readonly fields?: readonly string[]; readonly reason?: string } = {},
): Change {
  const it = (after ?? before) as Resource;
  return {
    action,
    type: it.type,
    key: it.key,
    id: it.id,
    on: it.on,
    fields: more.fields ?? [],
    ...(before && before.key !== it.key ? { from: before.key } : {}),
    ...(before ? { before } : {}),
    ...(after ? { after } : {}),
    ...(more.reason === undefined ? {} : { reason: more.reason }),
  };
}
