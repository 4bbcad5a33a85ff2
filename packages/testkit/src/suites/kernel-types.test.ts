import { resourceTypes } from '@pipewright/kernel';
import { bridgeVlan, device, fileBlock, processIn, qdisc, ref, xfrmPolicy, xfrmState } from '@pipewright/plugin';
import { resourceTypeSuite } from './resource-type.js';

const web = { host: 'local', node: 'web' };
const eth0 = device(web, 'eth0', { kind: 'veth' });
const within = [ref(eth0)];

/** Some of each type, as drivers build them. */
const EXAMPLES = [
  processIn(web, 'shop', 'web/eth0/help', { argv: ['./run'], files: { run: '' } }, { within }),
  processIn({ host: 'local' }, 'shop', 'once', { argv: ['true'], once: true }),
  fileBlock({ host: 'local' }, { path: '/etc/netns/shop-web/hosts', topology: 'shop', lines: ['::2\tdb'], copyOf: '' }),
  fileBlock(web, { path: '/etc/hosts', topology: 'shop', lines: [] }),
  bridgeVlan(eth0, { untagged: 5, tagged: ['10', '20-29'] }),
  qdisc(eth0, ['qdisc add root tbf rate 10mbit burst 32k latency 50ms']),
  qdisc(eth0, ['qdisc add root handle 1: htb', 'class add parent 1: classid 1:10 htb rate 4mbit', 'qdisc add ingress']),
  xfrmState({ host: 'local' }, { src: 'fd00::1', dst: 'fd00::2', spi: 256, keys: { secretText: 'a1'.repeat(64) } }),
  xfrmPolicy({ host: 'local' }, { dir: 'in', src: 'fd00::1', dst: 'fd00::2', protocol: 47, key: 7 }),
];

for (const type of resourceTypes)
  resourceTypeSuite(
    type,
    EXAMPLES.filter((it) => it.type === type.type),
  );
