import { expect, test } from 'vitest';
import { exec, netlink, type Op, requestPlace } from './op.js';

const host = { host: 'h' };
const web = { host: 'h', node: 'web' };
const add = (link?: string): Op => netlink(web, 'link', 'add', link === undefined ? {} : { link: { ref: link } });

test.each<[string, Op, object]>([
  ['a new link is asked for from the host', add(), host],
  ["so is one that is made on a device of the host's", add('device:h//nic0'), host],
  ['or of another node', add('device:h/web2/eth0'), host],
  ['one that is made on a device of its node, from the node', add('device:h/web/eth0'), web],
  ['a namespace, from the host', { op: 'namespace', on: host, verb: 'add', name: 't-web' }, host],
  ['all else, where it acts', netlink(web, 'link', 'set', { link: { ref: 'device:h//nic0' } }), web],
  ['a program, too', exec(web, 'true'), web],
])('%s', (_, op, place) => expect(requestPlace(op)).toEqual(place));
