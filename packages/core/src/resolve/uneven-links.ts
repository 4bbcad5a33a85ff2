import { type Diagnostic, type LinkSpec, warning } from '@pipewright/plugin';
import { errors } from '../errors.js';

/** Cables whose ends take packets of different sizes: what is larger is lost on the way to one, and nobody hears of it. */
export const unevenLinks = (links: readonly LinkSpec[]): readonly Diagnostic[] =>
  links.flatMap(({ ends, path }): Diagnostic[] => {
    const [small, large] = ends.toSorted((a, b) => a.mtu - b.mtu) as [LinkSpec['ends'][0], LinkSpec['ends'][0]];
    return small.mtu === large.mtu ? [] : [warning(errors.unevenLink(small, large), path)];
  });
