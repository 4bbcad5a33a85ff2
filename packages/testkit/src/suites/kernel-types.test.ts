import { resourceTypes } from '@pipewright/kernel';
import { device, fileBlock, processIn, ref } from '@pipewright/plugin';
import { resourceTypeSuite } from './resource-type.js';

const web = { host: 'local', node: 'web' };
const within = [ref(device(web, 'eth0', { kind: 'veth' }))];

/** Some of each type, as drivers build them. */
const EXAMPLES = [
  processIn(web, 'shop', 'web/eth0/help', { argv: ['./run'], files: { run: '' } }, { within }),
  processIn({ host: 'local' }, 'shop', 'once', { argv: ['true'], once: true }),
  fileBlock({ host: 'local' }, { path: '/etc/netns/shop-web/hosts', topology: 'shop', lines: ['::2\tdb'], copyOf: '' }),
  fileBlock(web, { path: '/etc/hosts', topology: 'shop', lines: [] }),
];

for (const type of resourceTypes)
  resourceTypeSuite(
    type,
    EXAMPLES.filter((it) => it.type === type.type),
  );
