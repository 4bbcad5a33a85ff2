import type { EngineSpec } from './engine.js';
import type { Placement } from './resource.js';

/** How a node's namespace is found. */
export type Locator =
  /** The host's own. */
  | { readonly by: 'host' }
  /** `/run/netns/<name>`. */
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'path'; readonly path: string }
  | { readonly by: 'pid'; readonly pid: number }
  /** A container, by its name or id. */
  | { readonly by: 'container'; readonly engine: EngineSpec; readonly name: string }
  /** A program that prints the pid of a process in it. */
  | { readonly by: 'query'; readonly argv: readonly string[] };

/** A node to look for. */
export interface NodeTarget {
  readonly name: string;
  readonly on: Placement;
  readonly locator: Locator;
}
