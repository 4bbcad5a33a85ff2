import { fail, type HostTarget, LOCAL_HOST, sshDestination } from '@pipewright/plugin';
import { errors } from './errors.js';

/** Other machines by the words of a command line: what `known` calls them, or where ssh finds them. */
export function hostsNamed(words: readonly string[], known: ReadonlyMap<string, HostTarget>): readonly HostTarget[] {
  const targets = words.map((word) => {
    if (!sshDestination.safeParse(word).success) fail(errors.badHost(word));
    // What places on it are called: a word without what keys are made of.
    const name = word
      .replace(/^(ssh:\/\/)?([^@]*@)?/, '')
      .replaceAll(/[^A-Za-z0-9_.-]/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '');
    return known.get(word) ?? (name === LOCAL_HOST ? fail(errors.badHost(word)) : { name, ssh: word });
  });
  const twice = targets.find(({ name }, index) => targets.findIndex((it) => it.name === name) !== index);
  if (twice) fail(errors.hostNamedTwice(twice.name));
  return targets;
}
