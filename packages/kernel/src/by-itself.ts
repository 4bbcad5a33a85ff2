import type { Attrs } from '@pipewright/plugin';

/** RTPROT_REDIRECT, _KERNEL, _RA of linux/rtnetlink.h. */
const KERNEL = [1, 2, 9];

/** RTPROT_GATED, _MRT, _ZEBRA, _BIRD, _DNROUTED, _XORP, _NTK, _MROUTED, _BABEL, _OPENR, _BGP, _ISIS, _OSPF, _RIP, _EIGRP. */
const DAEMONS = [8, 10, 11, 12, 13, 14, 15, 17, 42, 99, 186, 187, 188, 189, 192];

/** FRR's own, of zebra/rt_netlink.h: ripng, nhrp, ldp, sharp, pbr, static, openfabric, srte. */
const FRR = [190, 191, 193, 194, 195, 196, 197, 198];

const PROTOCOLS: ReadonlySet<number> = new Set([...KERNEL, ...DAEMONS, ...FRR]);

/** What the kernel makes, and what a routing daemon does: who knows whether it still holds makes it again, if so. */
export const comesByItself = ({ attrs }: { readonly attrs: Attrs }): boolean =>
  PROTOCOLS.has(Number(attrs['protocol']));
