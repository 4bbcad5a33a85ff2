// One nic more: for a namespace that somebody else made and runs, and for one of many nodes that are up.
import { inTurns, printed, timed } from '../measure.mjs';
import { bareNode, cliOf, pipewright } from '../programs.mjs';
import { withoutTrace } from '../sandbox.mjs';
import { mustEqual, nodeState } from '../state.mjs';
import { writeLab } from '../topology.mjs';

export const gives = ['attach', 'attach-among'];

const ALONE = { namespace: 'box', of: ['box'], address: '10.9.0.2/24@10.9.0.1' };
const AMONG = { namespace: 'lab-n0', of: ['n0', '--name', 'lab'], address: '10.9.0.2/24' };
const WANTED = /; eth1 mtu 1500 up 10\.9\.0\.2\/24 \S+; default via \S+ dev eth[01]$/;

const MAKE = `netns add box
link add name br0 type bridge
address add 10.9.0.1/24 dev br0
link set dev br0 up
`;

export async function run(setting, wanted) {
  return withoutTrace(async () => {
    printed(['ip', '-batch', '-'], MAKE);
    const alone = () => attach(setting, ALONE);
    const rows = {};
    if (wanted.includes('attach')) rows.attach = await paired(setting, alone, bareNode);
    if (wanted.includes('attach-among')) {
      const file = writeLab('/mnt/lab.json', setting.nodes);
      pipewright(setting, 'up', file);
      rows['attach-among'] = await paired(setting, () => attach(setting, AMONG), alone);
      pipewright(setting, 'down', file);
    }
    printed(['ip', '-batch', '-'], 'netns del box\nlink del dev br0\n');
    return rows;
  });
}

/** Milliseconds of the `attach`; what it gave is taken away again. */
function attach(setting, { namespace, of, address }) {
  const before = nodeState(namespace);
  const ms = timed([...cliOf(setting), 'attach', ...of, '--nic', 'eth1', '--network', 'br0', '--address', address]);
  const after = nodeState(namespace);
  if (!WANTED.test(after)) throw new Error(`attach ends in another state: ${after}`);
  timed([...cliOf(setting), 'detach', ...of, '--nic', 'eth1']);
  mustEqual([nodeState(namespace)], [before], 'detach leaves something');
  return ms;
}

async function paired({ repeat }, ours, other) {
  ours(); // the first one fills caches
  return inTurns(3 * repeat, { ours, other });
}
