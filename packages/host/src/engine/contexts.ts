import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, sha256 } from '@pipewright/plugin';
import { errors } from '../errors.js';
import type { GivenAddress, Tls } from './address.js';
import { hasCertificates } from './certificates.js';

/** The context that means what there is without contexts. */
export const DEFAULT_CONTEXT = 'default';

/** The one that `docker context use` chose. A file that is no configuration chooses none: `docker` warns of it, and goes on. */
export function currentContext(folder: string): string {
  const name = fieldOf(readJson(join(folder, 'config.json')), 'currentContext');
  return typeof name === 'string' && name !== '' ? name : DEFAULT_CONTEXT;
}

/** Where a context leads; undefined: it names no host, and means the sockets. */
export function contextAddress(folder: string, name: string): GivenAddress | undefined {
  const store = Buffer.from(sha256(name)).toString('hex');
  const meta = readJson(join(folder, 'contexts/meta', store, 'meta.json'));
  if (meta === undefined) return fail(errors.noContext(name, folder));
  const endpoint = fieldOf(fieldOf(meta, 'Endpoints'), 'docker');
  const host = fieldOf(endpoint, 'Host');
  if (typeof host !== 'string' || host === '') return undefined;
  const verify = fieldOf(endpoint, 'SkipTLSVerify') !== true;
  const tls = contextTls(join(folder, 'contexts/tls', store, 'docker'), verify);
  return { text: host, by: `context "${name}"`, tls };
}

function contextTls(folder: string, verify: boolean): Tls | undefined {
  if (hasCertificates(folder)) return { verify, folder };
  return verify ? undefined : { verify };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

const fieldOf = (it: unknown, name: string): unknown =>
  typeof it === 'object' && it !== null ? (it as Readonly<Record<string, unknown>>)[name] : undefined;
