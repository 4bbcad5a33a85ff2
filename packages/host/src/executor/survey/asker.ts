import type { Found, Placement, ReadQuery, ResourceType } from '@pipewright/plugin';
import type { Answers, NamespacePath } from './answers.js';

/** A namespace to ask in, and how it is called where that fails. */
export interface Asked {
  readonly on: Placement;
  readonly label: string;
  readonly path: NamespacePath;
}

/** A question about just the things named. */
export type Point = ReturnType<NonNullable<ResourceType['point']>>;

/** How questions are put to a host: by its programs, or to its kernel. */
export interface Asker {
  /** The host, in words. */
  readonly label: string;
  /** How many questions, in different places, are best put to it at a time. */
  readonly atOnce: number;
  /** Fails where it cannot have so many namespaces open at a time as there are nodes. */
  makeSure?(nodes: number): void;
  ask(queries: readonly ReadQuery[], of: Asked): Promise<Answers>;
  point(point: Point, of: Asked): Promise<readonly Found[]>;
  /** The same in a namespace that was never used. */
  pointAnew(point: Point): Promise<readonly Found[]>;
  /** Version of `ip`; empty where nobody needs it. */
  ipVersion(): Promise<string>;
}
