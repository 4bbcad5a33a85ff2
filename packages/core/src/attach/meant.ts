import type { Fault, NamedGuest } from '@pipewright/plugin';
import { didYouMean } from '../parse/did-you-mean.js';
import type { ParsedReference } from './reference.js';

/** What is wrong with a word for a guest, and which of those that are there it may have been meant for. */
export function withMeant(fault: Fault, { text, kind }: ParsedReference, there: readonly NamedGuest[]): Fault {
  const spelled = (name: string): string => (kind === undefined ? name : `${kind}:${name}`);
  const containers = there.filter(({ service }) => service === text).map(({ name }) => spelled(name));
  if (containers.length > 0)
    return {
      ...fault,
      message: `${fault.message} Compose has a service of that name.`,
      fix: `Give its container: ${containers.join(' or ')}.`,
    };
  const near = didYouMean(
    text,
    there.map(({ name }) => name),
  );
  return near === undefined ? fault : { ...fault, message: `${fault.message} Did you mean "${spelled(near)}"?` };
}
