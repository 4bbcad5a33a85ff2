// What the kernel says: both ways must end in the same state, and nothing may be left of either.
import { existsSync, readdirSync } from 'node:fs';
import { printed } from './measure.mjs';

const namespaces = () => (existsSync('/run/netns') ? readdirSync('/run/netns').sort() : []);

const ip = (...words) => JSON.parse(printed(['ip', '-json', '-details', ...words]) || '[]');

/** A line a node and a line a device of the host. Aliases, groups and outer MACs are pipewright's own and not in it. */
export function stateOfLab() {
  return [...hostState(), ...namespaces().map(nodeState)];
}

const hostState = () =>
  ip('address', 'show')
    .map(({ master, ...device }) => `${deviceState(device)} in ${master ?? 'nothing'}`)
    .sort();

/** One process a namespace: `ip` prints an array for each line of a batch. */
export function nodeState(name) {
  const [devices, routes] = printed(
    ['ip', '-n', name, '-json', '-details', '-batch', '-'],
    'address show\nroute show default\n',
  )
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const ways = routes.map(({ gateway, dev }) => `default via ${gateway} dev ${dev}`);
  const inner = devices.map((it) => (it.ifname === 'lo' ? deviceState(it) : `${deviceState(it)} ${it.address}`));
  return `${name}: ${[...inner, ...ways].join('; ')}`;
}

function deviceState({ ifname, mtu, flags, addr_info: found }) {
  const addresses = found.filter(({ scope }) => scope === 'global').map((it) => `${it.local}/${it.prefixlen}`);
  return [ifname, `mtu ${mtu}`, flags.includes('UP') ? 'up' : 'down', ...addresses].join(' ');
}

/** Cheap enough for thousands: the ports that are up in some bridge, and the namespaces. */
export const sizeOfLab = () => ({
  ports: ip('link', 'show').filter(({ master, flags }) => master !== undefined && flags.includes('UP')).length,
  namespaces: namespaces().length,
});

/** Devices and addresses of the host, namespaces, and what is remembered of topologies: the same before and after. */
export const traces = () => [
  ...hostState(),
  ...namespaces(),
  ...['/run/pipewright', '/var/lib/pipewright'].flatMap(filesIn),
];

/** The lock and the folders are the host's, not a topology's. */
const filesIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((it) => it.isFile() && it.name !== 'lock')
        .map(({ parentPath, name }) => `${parentPath}/${name}`)
        .sort()
    : [];

/** Throws, with the first difference, where two states are not the same. */
export function mustEqual(found, wanted, what) {
  const length = Math.max(found.length, wanted.length);
  const at = Array.from({ length }, (_, i) => i).find((i) => found[i] !== wanted[i]);
  if (at !== undefined) throw new Error(`${what}:\n  found  ${found[at]}\n  wanted ${wanted[at]}`);
}
