import type { DeviceKind, Placement } from '@pipewright/plugin';

/** A number that only who sends a request can find out: of a device in a place, or the descriptor of a namespace. */
export type Unknown =
  | { readonly of: 'device'; readonly on: Placement; readonly name: string }
  | { readonly of: 'namespace'; readonly on: Placement };

/** Four bytes of a request's body that are left open for one. */
export interface Blank {
  readonly at: number;
  readonly for: Unknown;
}

/** What an op's bytes depend on. */
export interface EncodeContext {
  readonly deviceKind: (kind: string) => DeviceKind | undefined;
  /** Number of the device of this name in a place. Throws where there is none. */
  readonly index: (on: Placement, name: string) => number | Unknown;
  /** An open descriptor of the namespace of a place: a node's, or the host's own. */
  readonly netns: (on: Placement) => number | Unknown;
  /** The same for a link that is changed: undefined where it is to be found by its name. */
  readonly found: (on: Placement, name: string) => number | undefined;
}

/** One request but for its header's length, sequence number and port, which the sender adds. */
export interface NetlinkRequest {
  /** RTM_*. */
  readonly type: number;
  /** Without NLM_F_REQUEST and NLM_F_ACK, which the sender adds. */
  readonly flags: number;
  /** The struct of the family and the attributes. */
  readonly body: Uint8Array;
  /** None where the context knew all numbers. */
  readonly blanks?: readonly Blank[];
}

/** One message of a dump: RTM_NEWLINK, RTM_NEWADDR, … */
export interface NetlinkMessage {
  readonly type: number;
  readonly body: Uint8Array;
}

/** What the rows of a dump depend on. */
export interface DecodeContext {
  readonly deviceKind: (kind: string) => DeviceKind | undefined;
  readonly nameOf: (ifindex: number) => string | undefined;
}

/** What the kernel says to a request. */
export interface Acknowledgement {
  /** Positive; 0 is success. */
  readonly errno: number;
  /** The kernel's own text. */
  readonly message?: string;
  /** Of the attribute that is at fault, counted from the start of the request's header. */
  readonly offset?: number;
}
