import { fail } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { textOf } from '../text-of.js';

/** Of each node its namespace, and a socket in it. */
const OF_A_NODE = 2;
/** What the program has open besides: 25 were counted. */
const OTHERS = 40;

/** Fails where so many nodes cannot be open at a time: one that cannot be opened looks like one that is not there. */
export function needOpenFiles(nodes: number, limits: string = textOf('/proc/self/limits')): void {
  const most = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  const needed = OTHERS + OF_A_NODE * nodes;
  if (most !== undefined && needed > Number(most)) fail(errors.fewOpenFiles(nodes, needed, Number(most)));
}
