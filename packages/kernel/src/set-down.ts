import type { Change } from '@pipewright/plugin';

/** A device that was up is up no more: its routes, neighbours and IPv6 addresses are forgotten. */
export const setsDown = ({ before, after }: Change): boolean =>
  before?.attrs['up'] === true && after?.attrs['up'] === false;
