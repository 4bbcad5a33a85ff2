import type { Clock, Commands, Engines } from '@pipewright/plugin';
import type { Kinds } from './survey/observe.js';

/** What executors work with. */
export interface ExecutorParts {
  readonly commands: Commands;
  readonly engines: Engines;
  readonly clock: Clock;
  readonly kinds: Kinds;
}
