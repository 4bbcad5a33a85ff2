import { type Diagnostic, type LinkSpec, warning } from '@pipewright/plugin';
import { errors } from '../errors.js';

/** Cables whose ends take packets of different sizes: what is larger is lost on the way to one, and nobody hears of it. */
export const unevenLinks = (links: readonly LinkSpec[]): readonly Diagnostic[] =>
  links.flatMap(({ ends: [a, b], path }): Diagnostic[] => {
    if (a.mtu === b.mtu) return [];
    return [warning(a.mtu < b.mtu ? errors.unevenLink(a, b) : errors.unevenLink(b, a), path)];
  });
