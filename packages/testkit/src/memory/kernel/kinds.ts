/** What a kernel knows of a type of device. */
interface KernelKind {
  /** It is made with a far end. */
  readonly paired?: true;
  /** It takes ports. */
  readonly ports?: true;
  /** It has a table of its own of who is behind which address. */
  readonly forwards?: true;
  readonly maxMtu?: number;
  /** Attributes a new one has by itself, as `ip -j -d` prints them. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export type KernelKinds = Readonly<Record<string, KernelKind>>;

/** Those every Linux has that runs containers; a test adds its own. */
export const ORDINARY_KINDS: KernelKinds = {
  veth: { paired: true },
  vxlan: { forwards: true, data: { port: 4789, learning: true, ttl: 0, ageing: 300 } },
  tun: {},
  bridge: {
    ports: true,
    data: {
      forward_delay: 1500,
      hello_time: 200,
      max_age: 2000,
      ageing_time: 30_000,
      stp_state: 0,
      priority: 32_768,
      vlan_filtering: 0,
      group_fwd_mask: 0,
      mcast_snooping: 1,
    },
  },
};

/** Sysctls of a new namespace, below /proc/sys. */
export const ORDINARY_SYSCTLS: Readonly<Record<string, string>> = {
  'net/ipv4/ip_forward': '0',
  'net/ipv4/conf/all/ignore_routes_with_linkdown': '0',
  'net/ipv4/ip_local_port_range': '32768\t60999',
  'net/ipv4/tcp_syncookies': '1',
  'net/ipv4/conf/all/rp_filter': '0',
  'net/ipv4/conf/all/arp_notify': '0',
  'net/ipv4/conf/default/rp_filter': '0',
  'net/ipv6/conf/all/forwarding': '0',
  'net/ipv6/conf/all/disable_ipv6': '0',
};
