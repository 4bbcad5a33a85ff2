import type { HostFacts, HostTarget, LedgerEntry, NicSettings } from '@pipewright/plugin';
import type { Planned } from '../stages.js';

/** One nic that a guest is to have, as it was asked for: each word checked by itself. */
export interface AttachRequest {
  readonly topology: string;
  /** Folder that paths in the topology are relative to, where it has none yet. */
  readonly base: string;
  /** `pid:4711`, `/run/netns/red`, `red`. */
  readonly guest: string;
  /** The machine that it is on; absent: this one, or that of the node that it is. */
  readonly host?: HostTarget | undefined;
  /** Of the topology, or a device of the host: `br9`, `KIND:br9`; or how it is chosen among the host's devices, and those that
   * the guest has of the host, by their names there. */
  readonly network: string | ((devices: HostFacts['devices'], moved: HostFacts['devices']) => ChosenNetwork);
  readonly nic: string | undefined;
  /** The nic of the guest that it is made on; for networks that have such. */
  readonly parent?: string | undefined;
  /** What its cable's far end is called; for networks that have one. */
  readonly hostDevice?: string | undefined;
  readonly addresses: readonly string[];
  /** What finds addresses for it while it runs: features' kinds, with options as a file would give them. */
  readonly dynamic?: readonly { readonly by: string; readonly options?: Readonly<Record<string, unknown>> }[];
  readonly gateways: readonly string[];
  /** Another nic's gateway makes way for one of these, and comes back with it gone. Absent: two are a mistake. */
  readonly lastGatewayWins?: true;
  readonly mac: string | undefined;
  readonly mtu: number | undefined;
  /** Of the network, where that tells VLANs apart. */
  readonly vlan?: number | undefined;
  /** Ids and ranges: `10`, `20-29`. */
  readonly trunk?: readonly string[] | undefined;
  /** What its device is set to. */
  readonly settings?: NicSettings;
  /** What the asker calls the keys of a nic, for complaints, where it is not an option of that name: `address`, `mac`. */
  readonly words?: Readonly<Record<string, string>>;
}

/** A network as it was chosen among what the host has, and the VLAN of it. */
export interface ChosenNetwork {
  readonly network: string;
  readonly vlan?: number;
  /** Devices of the host, down by now, that are set up for it and stay so. */
  readonly raised?: readonly string[];
}

export interface DetachRequest {
  readonly topology: string;
  readonly guest: string;
  readonly host?: HostTarget | undefined;
  /** May be left out where the guest has only one. */
  readonly nic: string | undefined;
}

/** What is planned for one nic of one guest. */
export interface PlannedNic extends Planned {
  readonly node: string;
  readonly nic: string;
  /** What the ledger is to say afterwards; undefined: nothing, the topology has come to its end. */
  readonly remembered: LedgerEntry | undefined;
  /** There is nothing to do, and nothing to remember. */
  readonly current: boolean;
}
