import type { DeviceKind } from './device-kind.js';
import type { Op } from './op.js';
import type { Attrs, Observed, Placement, Resource } from './resource.js';

export type ChangeAction = 'create' | 'update' | 'replace' | 'delete';

/** One difference between what is and what should be. */
export interface Change<A extends Attrs = Attrs> {
  readonly action: ChangeAction;
  readonly type: string;
  readonly key: string;
  readonly id: string;
  readonly on: Placement;
  /** As observed; absent on create. */
  readonly before?: Observed<A>;
  /** As wanted; absent on delete. */
  readonly after?: Resource<A>;
  /** What it takes the place of: of the second half of a replacement. */
  readonly replaced?: Observed<A>;
  /** The key it had, where an update gives it another: a thing that moves. */
  readonly from?: string;
  /** The attributes that differ, on update and replace. */
  readonly fields: readonly string[];
  /** Why, where it is not the file that asks: `lost with web/eth0`, `not declared any more`. */
  readonly reason?: string;
}

/**
 * How a change takes part in its op. Of two peers made or removed together one leads (its op carries both, in one
 * message) and one follows (what is left to do to it afterwards).
 */
export type ChangeRole = 'alone' | 'lead' | 'follow';

export interface WriteContext<A extends Attrs = Attrs> {
  readonly role: ChangeRole;
  /** The other half, where the role is lead or follow. */
  readonly peer?: Change<A>;
  /** Others have put things into its place by then, which nobody has looked at. */
  readonly furnished?: true;
  /** What plugins say of a kind of device. */
  readonly deviceKind?: (kind: string) => DeviceKind | undefined;
}

/** Ops that stand or fall together; `inverse` undoes `forward`. Several changes may share one message. */
export interface PlannedOp {
  readonly changes: readonly Change[];
  readonly forward: readonly Op[];
  readonly inverse: readonly Op[];
  /** What makes it final, after the commit: nothing undoes these. */
  readonly final?: readonly Op[];
  /** Which half of a replacement it is: the old away, or the new there. */
  readonly half?: 'old' | 'new';
  /** Undoing it makes room for what comes back: what a container engine has put in its place by then waits. */
  readonly makesRoom?: true;
  /** It changes nothing. What it is about may yet end by what others change, and undoing puts it back then. */
  readonly bystander?: true;
}

/** Ops that may run at the same time: one batch a namespace. */
export interface Stage {
  readonly batches: readonly { readonly on: Placement; readonly ops: readonly PlannedOp[] }[];
}
