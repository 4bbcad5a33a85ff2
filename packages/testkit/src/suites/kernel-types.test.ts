import { resourceTypes } from '@pipewright/kernel';
import { device, processIn, ref } from '@pipewright/plugin';
import { resourceTypeSuite } from './resource-type.js';

const web = { host: 'local', node: 'web' };
const within = [ref(device(web, 'eth0', { kind: 'veth' }))];

/** Some of each type, as drivers build them. */
const EXAMPLES = [
  processIn(web, 'shop', 'web/eth0/help', { argv: ['./run'], files: { run: '' } }, { within }),
  processIn({ host: 'local' }, 'shop', 'once', { argv: ['true'], once: true }),
];

for (const type of resourceTypes)
  resourceTypeSuite(
    type,
    EXAMPLES.filter((it) => it.type === type.type),
  );
