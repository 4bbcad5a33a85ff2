import { type EngineSpec, fail } from '@pipewright/plugin';
import { errors } from '../errors.js';

/** Where an engine listens. */
export interface EngineAddress {
  /** For people, with who says so. */
  readonly label: string;
  readonly target: { readonly socketPath: string } | { readonly host: string; readonly port: number };
  /** What comes before every path. */
  readonly base: string;
  readonly tls?: Tls;
}

export interface Tls {
  readonly verify: boolean;
  /** Of `ca.pem`, `cert.pem` and `key.pem`; what is missing there is done without. */
  readonly folder?: string;
}

/** An address as somebody wrote it. */
export interface GivenAddress {
  readonly text: string;
  /** Where it is written: `$DOCKER_HOST`. */
  readonly by: string;
  readonly tls?: Tls | undefined;
}

export const socketAddress = (socketPath: string, label = socketPath): EngineAddress => ({
  label,
  target: { socketPath },
  base: '',
});

export function parseAddress(
  { title, sockets }: Pick<EngineSpec, 'title' | 'sockets'>,
  given: GivenAddress,
): EngineAddress {
  const { text, by } = given;
  // As Docker's own command takes it: without a scheme it is host and port.
  const [, scheme = 'tcp', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/i.exec(text) ?? [];
  if (scheme === 'ssh') return fail(errors.engineOverSsh(title, text, by, sockets[0] ?? 'SOCKET'));
  if (scheme === 'unix' && rest.startsWith('/')) return socketAddress(rest, `${rest} (${by})`);
  return networkAddress(scheme, rest, given) ?? fail(errors.engineAddress(title, text, by));
}

/** 80 and 443 are what these schemes mean everywhere: a URL does not even keep them. */
const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

function networkAddress(scheme: string, rest: string, { by, tls }: GivenAddress): EngineAddress | undefined {
  const url = parseUrl(`${scheme}://${rest}`);
  if (!['tcp', 'http', 'https'].includes(scheme) || !url?.hostname) return undefined;
  const secure = scheme === 'https' ? (tls ?? { verify: true }) : scheme === 'tcp' ? tls : undefined;
  return {
    label: `${scheme}://${url.host} (${by})`, // without what may be a password
    target: {
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(url.port) || (PORTS[scheme] ?? (secure ? 2376 : 2375)),
    },
    base: url.pathname.replace(/\/+$/, ''),
    ...(secure ? { tls: secure } : {}),
  };
}

function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
