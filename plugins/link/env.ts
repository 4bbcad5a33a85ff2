import type { ServiceLink } from '@pipewright/plugin';
import { docker27 } from './docker-27.js';
import { docker28 } from './docker-28.js';
import { type Port, portsOf, type Run } from './ports.js';

type Env = Readonly<Record<string, string>>;

/** What a process has of its own. */
const NOT_TOLD = ['HOME', 'PATH'];

/**
 * The variables of a service link, by the rules of `docker run --link` (moby, daemon/links/links.go, Link.ToEnv): those of
 * Docker 28, or where the link says so those of Docker 27 and all before it. `told` is the environment of the node whose
 * service it is.
 */
export function linkEnv({ from, alias, addresses: [address = ''], ports, compat }: ServiceLink, told: Env): Env {
  const name = prefixOf(alias);
  const { inOrder, runsOf } = compat === 'docker-27' ? docker27 : docker28;
  const all = inOrder(portsOf(ports));
  const url = (it: Port): string => `${it.protocol}://${hostOf(address)}:${it.number}`;
  return Object.fromEntries([
    ...all.slice(0, 1).map((it) => [`${name}_PORT`, url(it)]),
    ...all.flatMap((it) => {
      const key = keyOf(name, it);
      return [
        [key, url(it)],
        [`${key}_ADDR`, address],
        [`${key}_PORT`, String(it.number)],
        [`${key}_PROTO`, it.protocol],
      ];
    }),
    ...runsOf(all).flatMap(([first, last]) => {
      const [start, end] = [keyOf(name, first), keyOf(name, endOf([first, last]))];
      return [
        [`${start}_START`, url(first)],
        [`${start}_PORT_START`, String(first.number)],
        [`${end}_END`, url(last)],
        [`${end}_PORT_END`, String(last.number)],
      ];
    }),
    [`${name}_NAME`, `/${from}/${alias}`],
    ...Object.entries(told)
      .filter(([it]) => !NOT_TOLD.includes(it))
      .map(([it, value]) => [`${name}_ENV_${it}`, value]),
  ]) as Env;
}

/** Docker's: dots and leading digits stay, though no shell takes such a name. */
const prefixOf = (alias: string): string => alias.toUpperCase().replaceAll('-', '_');

const keyOf = (name: string, { number, protocol }: Port): string => `${name}_PORT_${number}_${protocol.toUpperCase()}`;

/** What the end of a run is called by: its first number, and its last protocol, which in Docker 27 may be another. */
const endOf = ([first, last]: Run): Port => ({ number: first.number, protocol: last.protocol });

/** Docker tells IPv4 alone; a service with nothing else has its IPv6 address, in brackets where a port follows. */
const hostOf = (address: string): string => (address.includes(':') ? `[${address}]` : address);
