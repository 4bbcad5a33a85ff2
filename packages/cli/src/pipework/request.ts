/** What a command line in pipework's words asks for. */
export type PipeworkRequest = SyntaxRequest | WaitRequest | ToolRequest | AttachmentRequest;

/** Too little to be anything: how it is written is what is shown. */
interface SyntaxRequest {
  readonly form: 'syntax';
}

/** Until the nic is there and up, in the namespace we are in. */
export interface WaitRequest {
  readonly form: 'wait';
  readonly nic: string;
}

/** A program of iproute2 in the guest's namespace. */
export interface ToolRequest {
  readonly form: 'tool';
  readonly guest: string;
  readonly argv: readonly string[];
}

/** A nic for the guest. */
export interface AttachmentRequest {
  readonly form: 'attach';
  readonly hostInterface: HostInterface;
  /** The device itself moves into the guest, where it is one of the host's hardware. */
  readonly directPhys: boolean;
  readonly nic: string;
  readonly hostDevice: string | undefined;
  readonly guest: string;
  readonly addressing: StaticAddressing | DhcpAddressing;
  readonly mac: string | undefined;
  readonly vlan: number | undefined;
}

/** A device of the host by its name, there or to be made, or one that is there by its MAC address. */
export type HostInterface = { readonly name: string } | { readonly mac: string };

interface StaticAddressing {
  readonly by: 'static';
  /** Absent: the nic is up and has none (`0/0`). */
  readonly address?: string;
  readonly gateway?: string;
}

interface DhcpAddressing {
  readonly by: 'dhcp';
  /** Any that the host has, where none is named. */
  readonly client?: string;
  /** It ends when it has a lease, which nobody renews then. */
  readonly once?: true;
  /** Further words for it. */
  readonly options: readonly string[];
}
