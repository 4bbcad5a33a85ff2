import type { ReadyPlugin } from '@pipewright/core';
import { fail } from '@pipewright/plugin';
import { errors } from './errors.js';

/** What the conformance suite holds every kind to; 63, as the emitted topology is called the same. */
const WORD = /^(?=.{1,63}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** The word of a new kind, and the name of its plugin. Throws where it is no word, or somebody else's. */
export function newPluginName(name: string, known: readonly ReadyPlugin[]): string {
  if (!WORD.test(name)) fail(errors.badPluginName(name));
  const owner = known.find((it) => it.name === name || kindsOf(it).includes(name));
  if (owner) fail(errors.pluginNameTaken(name, owner.name));
  return name;
}

const kindsOf = ({ drivers }: ReadyPlugin): readonly string[] =>
  Object.values(drivers).flatMap((all: readonly { readonly kind: string }[]) => all.map((it) => it.kind));
