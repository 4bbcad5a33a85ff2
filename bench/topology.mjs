// The topology that is measured: nodes with one nic each, an address and a default route, on as few bridges as take them.
import { writeFileSync } from 'node:fs';

/** The kernel's own limit is 1,023 ports a bridge. */
const NODES_A_BRIDGE = 1000;

export function writeLab(path, nodes) {
  const bridges = Math.ceil(nodes / NODES_A_BRIDGE);
  const networks = Array.from({ length: bridges }, (_, i) => [
    `lan${i}`,
    { kind: 'bridge', subnet: `10.${200 + i}.0.0/16`, address: `10.${200 + i}.0.1/16` },
  ]);
  const entries = Array.from({ length: nodes }, (_, i) => [
    `n${i}`,
    { networks: { [`lan${Math.floor(i / NODES_A_BRIDGE)}`]: { mac: macOf(i) } } },
  ]);
  const lab = { name: 'lab', networks: Object.fromEntries(networks), nodes: Object.fromEntries(entries) };
  writeFileSync(path, JSON.stringify(lab, null, 1)); // YAML is a superset of JSON
  return path;
}

/** As the scripts in by-hand/ count. */
export const macOf = (i) => `02:00:00:00:${hex(i >> 8)}:${hex(i & 255)}`;
const hex = (byte) => byte.toString(16).padStart(2, '0');
