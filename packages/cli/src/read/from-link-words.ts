import type { LinkRequest } from '@pipewright/core';
import { fail, LINK_COMPATS, parseExposed, topologyName } from '@pipewright/plugin';
import { errors } from '../errors.js';

/** The words of a command line that ask for service links. */
export interface LinkOptions {
  readonly port: readonly string[];
  readonly compat: string | undefined;
}

type Link = LinkRequest['links'][number];

/** Letters, digits, _ . -: as in a file. */
const ALIAS = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
const LINK = 'a guest, and perhaps what it is called there: redis, redis:db, docker:redis:db, pid:4711:db';

/** `docker:redis:db` → of the guest `docker:redis`, called `db`. `kinds`: the words that may stand before a guest. */
export function linkOf(word: string, kinds: readonly string[], { port, compat }: LinkOptions): Link {
  const parts = word.split(':');
  const length = kinds.includes(parts[0] ?? '') ? 2 : 1;
  const [guest, more] = [parts.slice(0, length).join(':'), parts.slice(length)];
  const alias = more[0] ?? parts[length - 1]?.split('/').at(-1) ?? '';
  if (guest === '' || more.length > 1 || !ALIAS.test(alias)) return fail(errors.optionValue('LINK', LINK, word));
  const wrong = port.find((it) => !parseExposed(it));
  if (wrong !== undefined) return fail(errors.optionValue('--port', 'ports as 6379, 53/udp, 7000-7009', wrong));
  const rules = LINK_COMPATS.find((it) => it === compat);
  return { guest, alias, ...(port.length > 0 ? { ports: port } : {}), ...(rules ? { compat: rules } : {}) };
}

/** Service links of a guest that was given no topology are one of their own: `link-web`. */
export const topologyOf = (guest: string): string => topologyName.parse(`link-${guest}`.slice(0, LONGEST));

const LONGEST = 63;
