import type { ResourceType } from '@pipewright/plugin';
import { address } from './address.js';
import { bridgeVlan } from './bridge-vlan.js';
import { device } from './device.js';
import { fileBlock } from './file-block.js';
import { fdb } from './fdb.js';
import { iptablesRule } from './iptables-rule.js';
import { namespace } from './namespace.js';
import { neighbour } from './neighbour.js';
import { offload } from './offload.js';
import { process } from './process.js';
import { qdisc } from './qdisc.js';
import { nftTable } from './nft-table.js';
import { route } from './route.js';
import { rule } from './rule.js';
import { sysctl } from './sysctl.js';
import { xfrmPolicy } from './xfrm-policy.js';
import { xfrmState } from './xfrm-state.js';

/** The Linux resource types, each forgetting its attributes so that one list holds them all. */
export const resourceTypes = [
  namespace,
  fileBlock,
  device,
  address,
  route,
  rule,
  neighbour,
  fdb,
  bridgeVlan,
  sysctl,
  qdisc,
  offload,
  iptablesRule,
  process,
  nftTable,
  xfrmState,
  xfrmPolicy,
] as unknown as readonly ResourceType[];

export { advertisement, announcement, type BlankAnnouncement, blankAnnouncement } from './announcement.js';
export { echoRequest, readEcho } from './echo.js';
export { BLOCK_BEGIN, madeWithBlock, ownFoldersOf, withBlock, withoutBlock } from './file-block.js';
export { renderFileBlock } from './file-block-script.js';
export * from './iproute2.js';
export { BRIDGE_CALLS, FILTER_QUERIES } from './iptables-rule.js';
export { filterTableOf } from './iptables-save.js';
export * from './mark.js';
export { nameIn } from './namespace.js';
export * from './netlink/index.js';
export { offloadRequest, OFFLOADS } from './offload.js';
export { HELPERS, readProcesses, renderProcess } from './process-script.js';
export { sysctlPath } from './sysctl.js';
