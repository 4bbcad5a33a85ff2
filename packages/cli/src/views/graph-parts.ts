/** A topology as boxes and lines. */
export interface Graph {
  readonly topology: string;
  readonly nodes: readonly GraphNode[];
  readonly networks: readonly GraphNetwork[];
  /** Nics in networks. */
  readonly joins: readonly { readonly nic: GraphNic; readonly network: string }[];
  /** Cables. */
  readonly links: readonly { readonly ends: readonly [GraphNic, GraphNic] }[];
}

export interface GraphNode {
  readonly name: string;
  readonly kind: string;
  /** Addresses of its loopback. */
  readonly loopback: readonly string[];
  /** The machine it is on, where that is another one. */
  readonly host?: string;
  /** As `status` has it, where the host was looked at. */
  readonly state?: string;
}

/** Whether it is marked. A node that is as declared has a state, too; a nic has none. */
export const isWrong = ({ state }: { readonly state?: string | undefined }): boolean =>
  state !== undefined && state !== 'up';

export interface GraphNetwork {
  readonly name: string;
  readonly kind: string;
  readonly subnets: readonly string[];
}

export interface GraphNic {
  readonly node: string;
  readonly name: string;
  readonly addresses: readonly string[];
  /** What is not as declared or does not work, where the host was looked at. */
  readonly state?: string;
}
