import { ADDRESS } from './address.js';
import { AttributeReader } from './attribute-reader.js';
import { errnoWords } from './errno.js';
import { INFO, LINK } from './link-numbers.js';
import { NEIGHBOUR } from './neighbour.js';
import { HEADER, MESSAGE, STRUCT } from './numbers.js';
import { ROUTE } from './route.js';
import { RULE } from './rule.js';
import type { Acknowledgement, NetlinkRequest } from './types.js';

/** How the attributes of one object are called in iproute2's words, and how long the struct before them is. */
interface Vocabulary {
  readonly start: number;
  readonly words: ReadonlyMap<number, string>;
}

const LINKS: Vocabulary = {
  start: STRUCT.link,
  words: new Map([
    [LINK.address, 'address'],
    [LINK.name, 'name'],
    [LINK.mtu, 'mtu'],
    [LINK.master, 'master'],
    [LINK.alias, 'alias'],
    [LINK.group, 'group'],
    [LINK.namespace, 'netns'],
    [LINK.properties, 'altname'],
  ]),
};
const ADDRESSES: Vocabulary = {
  start: STRUCT.address,
  words: new Map([
    [ADDRESS.address, 'address'],
    [ADDRESS.local, 'address'],
  ]),
};
const ROUTES: Vocabulary = {
  start: STRUCT.route,
  words: new Map([
    [ROUTE.to, 'to'],
    [ROUTE.dev, 'dev'],
    [ROUTE.gateway, 'via'],
    [ROUTE.via, 'via'],
    [ROUTE.metric, 'metric'],
    [ROUTE.source, 'src'],
    [ROUTE.table, 'table'],
  ]),
};
const RULES: Vocabulary = {
  start: STRUCT.rule,
  words: new Map(Object.entries(RULE).map(([word, number]) => [number, word])),
};
const NEIGHBOURS: Vocabulary = {
  start: STRUCT.neighbour,
  words: new Map([
    [NEIGHBOUR.to, 'to'],
    [NEIGHBOUR.mac, 'lladdr'],
    [NEIGHBOUR.protocol, 'protocol'],
  ]),
};

const VOCABULARIES: ReadonlyMap<number, Vocabulary> = new Map([
  [MESSAGE.newLink, LINKS],
  [MESSAGE.delLink, LINKS],
  [MESSAGE.newLinkProperty, LINKS],
  [MESSAGE.newAddress, ADDRESSES],
  [MESSAGE.delAddress, ADDRESSES],
  [MESSAGE.newRoute, ROUTES],
  [MESSAGE.delRoute, ROUTES],
  [MESSAGE.newRule, RULES],
  [MESSAGE.delRule, RULES],
  [MESSAGE.newNeighbour, NEIGHBOURS],
  [MESSAGE.delNeighbour, NEIGHBOURS],
]);

/** What a refusal says to people: the kernel's own text, else the error's usual words, and which word it is about. */
export function explain({ errno, message, offset }: Acknowledgement, request: NetlinkRequest): string {
  const text = message ?? errnoWords(errno);
  const word = offset === undefined ? undefined : wordAt(request, offset - HEADER);
  return word === undefined ? text : `${text} (${word})`;
}

/** The word of the attribute that the byte at this offset of the body is in. */
function wordAt({ type, body }: NetlinkRequest, offset: number): string | undefined {
  const vocabulary = VOCABULARIES.get(type);
  const it = vocabulary && attributeAt(new AttributeReader(body, vocabulary.start), offset);
  if (!it) return undefined;
  return vocabulary === LINKS && it.type === LINK.info ? `type ${kindIn(it)}` : vocabulary.words.get(it.type);
}

function attributeAt(it: AttributeReader, offset: number): AttributeReader | undefined {
  while (it.next()) if (offset >= it.from - 4 && offset < it.to) return it;
  return undefined;
}

function kindIn(info: AttributeReader): string {
  for (const it = info.nested(); it.next(); ) if (it.type === INFO.kind) return it.text();
  return '';
}
