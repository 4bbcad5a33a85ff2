import type { Attrs, Change, Fault } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { DeviceKinds } from '../registry/registry.js';
import { resourceWords } from './words.js';

type Kinds = Pick<DeviceKinds, 'get'>;

export const describe = (it: Change): string => `${it.action} of ${resourceWords(it)}`;

/** What the kernel was built without is named; of kinds of devices, the module may only have to be loaded. */
export function faultOf(failed: readonly Change[], words: string, kinds: Kinds): Fault {
  const what = failed.map(describe).join(', ');
  const [first] = failed;
  if (first && /IPv6 is disabled/i.test(words)) return errors.ipv6Disabled(what, words, first.on.node);
  const kind = failed.map(({ after }) => after?.attrs['kind']).find((it) => typeof it === 'string');
  const [lacking] = /not supported/i.test(words) ? failed.flatMap((it) => optionsOf(it, kinds)) : [];
  if (kind !== undefined && lacking) return errors.kernelLacksOption(what, kind, lacking.word, lacking.config);
  if (kind !== undefined && /Unknown device type/i.test(words)) return errors.kernelLacksKind(what, kind);
  const [why] = failed.flatMap(({ after }) => whyRefused(after?.attrs, words, kinds) ?? []);
  return errors.applyFailed(what, why === undefined ? words : `${words}: ${why}`);
}

const whyRefused = (attrs: Attrs = {}, words: string, kinds: Kinds): string | undefined =>
  kinds.get(String(attrs['kind']))?.whyRefused?.(attrs, words);

/** What it sets that not every kernel knows. */
function optionsOf(
  { after, before }: Change,
  kinds: Kinds,
): readonly { readonly word: string; readonly config: string }[] {
  const { kind, ...attrs } = after?.attrs ?? {};
  const attributes = Object.entries(kinds.get(String(kind))?.attributes ?? {});
  return attributes.flatMap(([field, { word, config, initial }]) => {
    const isSet = attrs[field] !== undefined && attrs[field] !== (before?.attrs[field] ?? initial);
    return config !== undefined && isSet ? [{ word, config }] : [];
  });
}
