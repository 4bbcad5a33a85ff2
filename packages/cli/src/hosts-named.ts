import { fail, type HostTarget, LOCAL_HOST, sshDestination } from '@pipewright/plugin';
import { errors } from './errors.js';

/** Machines by name; of one name several, where topologies do not mean the same. */
export type KnownHosts = ReadonlyMap<string, readonly HostTarget[]>;

/** Other machines by the words of a command line: what `known` calls them, or where ssh finds them. */
export function hostsNamed(words: readonly string[], known: KnownHosts): readonly HostTarget[] {
  const targets = words.map((word) => {
    const machines = known.get(word) ?? [];
    const [machine] = machines;
    if (machines.length > 1)
      fail(
        errors.hostAmbiguous(
          word,
          machines.map(({ ssh }) => ssh),
        ),
      );
    if (machine) return machine;
    if (!sshDestination.safeParse(word).success) fail(errors.badHost(word));
    // What places on it are called: a word without what keys are made of.
    const name = word
      .replace(/^(ssh:\/\/)?([^@]*@)?/, '')
      .replaceAll(/[^A-Za-z0-9_.-]/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '');
    return name === LOCAL_HOST ? fail(errors.badHost(word)) : { name, ssh: word };
  });
  const twice = targets.find(({ name }, index) => targets.findIndex((it) => it.name === name) !== index);
  if (twice) fail(errors.hostNamedTwice(twice.name));
  return targets;
}
