import type { HostFacts, ProcessSpec } from '@pipewright/plugin';
import { type ClientKind, clients, type DhcpOptions } from './options.js';
import { HIDE_SCRIPT, leaseScript } from './scripts.js';

/** A client of the host, and the words that start it. */
interface Client {
  readonly kind: ClientKind;
  readonly argv: readonly string[];
}

/** Programs by client: the first that is there serves. */
const PROGRAMS: Readonly<Record<ClientKind, readonly (readonly [string, ...string[]])[]>> = {
  udhcpc: [['udhcpc'], ['busybox', 'udhcpc']],
  dhclient: [['dhclient']],
  dhcpcd: [['dhcpcd']],
};

/** Some client is among these. */
export const programs = [...new Set(Object.values(PROGRAMS).flatMap((it) => it.map(([name]) => name)))];

/** Undefined: the host has none. A host has a device at least: with none at all nothing is known of it. */
export function chooseClient(kind: ClientKind | undefined, { tools, devices }: HostFacts): Client | undefined {
  const wanted = kind === undefined ? clients : [kind];
  const all = wanted.flatMap((it) => PROGRAMS[it].map((argv): Client => ({ kind: it, argv })));
  return all.find(({ argv: [program = ''] }) => devices.length === 0 || program in tools);
}

/** What one of them is asked for. */
interface Asked extends DhcpOptions {
  readonly device: string;
  readonly hostname: string;
  /** Whether a default route is welcome. */
  readonly route: boolean;
}

type Run = Pick<ProcessSpec, 'argv' | 'files' | 'afterwards'>;

const FORGET = ['./script', 'forget'];

/** How each runs, in the foreground, by our own script and files. */
export const CLIENTS: Readonly<Record<ClientKind, (argv: Client['argv'], asked: Asked) => Run>> = {
  udhcpc: (argv, asked) => ({
    argv: [...argv, '-f', asked.once ? '-q' : '-R', '-i', asked.device, '-s', './script', ...udhcpcWords(asked)],
    files: { script: leaseScript(asked) },
    afterwards: FORGET,
  }),
  dhclient: (argv, asked) => {
    const files = ['-sf', './script', '-cf', './conf', '-lf', './leases'];
    return {
      // Its number is of another pid namespace where the node is a container: nobody may end what has that number here.
      argv: [...argv, '-4', '-d', ...files, '-pf', './number', ...asked.options, asked.device],
      files: { script: leaseScript(asked), conf: dhclientConf(asked) },
      afterwards: [...argv, '-4', '-r', ...files, '-pf', './none', asked.device],
    };
  },
  dhcpcd: (argv, asked) => ({
    argv: [
      ...['unshare', '--mount', './hide', ...argv, '-B', '-4', '-f', './conf', '-c', './script', '--noconfigure'],
      ...['-t', '0', ...asked.options, asked.device],
    ],
    files: { script: leaseScript(asked), conf: dhcpcdConf(asked), hide: HIDE_SCRIPT },
    afterwards: FORGET,
  }),
};

/** It asks three times in three seconds, and again after two. */
const udhcpcWords = (asked: Asked): readonly string[] => [
  ...['-t', '3', '-T', '1', '-A', '2', '-x', `hostname:${asked.hostname}`],
  ...(asked['client-id'] === undefined ? [] : ['-x', `0x3d:${bytesOf(asked['client-id']).join('')}`]),
  ...(asked['vendor-class'] === undefined ? [] : ['-V', asked['vendor-class']]),
  ...asked.options,
];

const dhclientConf = (asked: Asked): string =>
  [
    `timeout ${String(asked.timeout)}; retry 2; initial-interval 1; backoff-cutoff 2;`,
    'request subnet-mask, routers;',
    `send host-name "${asked.hostname}";`,
    ...(asked['client-id'] === undefined
      ? []
      : [`send dhcp-client-identifier ${bytesOf(asked['client-id']).join(':')};`]),
    ...(asked['vendor-class'] === undefined ? [] : [`send vendor-class-identifier "${asked['vendor-class']}";`]),
    '',
  ].join('\n');

const dhcpcdConf = (asked: Asked): string =>
  [
    'ipv4only',
    'noarp',
    asked.once ? 'persistent' : 'release',
    `hostname ${asked.hostname}`,
    'option subnet_mask, routers',
    ...(asked['client-id'] === undefined ? [] : [`clientid ${bytesOf(asked['client-id']).join(':')}`]),
    ...(asked['vendor-class'] === undefined ? [] : [`vendorclassid ${asked['vendor-class']}`]),
    '',
  ].join('\n');

/** In hexadecimal. A text is of type 0: RFC 2132, 9.14. */
const bytesOf = (id: string): readonly string[] =>
  /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})+$/.test(id)
    ? id.split(':')
    : ['00', ...Array.from(id, (it) => it.charCodeAt(0).toString(16).padStart(2, '0'))];
