// One nic more for a namespace that somebody else made and runs.
import { inTurns, printed, timed } from '../measure.mjs';
import { bareNode, cliOf } from '../programs.mjs';
import { withoutTrace } from '../sandbox.mjs';
import { mustEqual, nodeState } from '../state.mjs';

export const gives = ['attach'];

const ATTACH = ['attach', 'box', '--network', 'br0', '--address', '10.9.0.2/24@10.9.0.1'];
const DETACH = ['detach', 'box'];
const WANTED = /; eth1 mtu 1500 up 10\.9\.0\.2\/24 \S+; default via 10\.9\.0\.1 dev eth1$/;

const MAKE = `netns add box
link add name br0 type bridge
address add 10.9.0.1/24 dev br0
link set dev br0 up
`;

export async function run(setting) {
  return withoutTrace(async () => {
    printed(['ip', '-batch', '-'], MAKE);
    const before = nodeState('box');
    const attach = () => {
      const ms = timed([...cliOf(setting), ...ATTACH]);
      const after = nodeState('box');
      if (!WANTED.test(after)) throw new Error(`attach ends in another state: ${after}`);
      timed([...cliOf(setting), ...DETACH]);
      mustEqual([nodeState('box')], [before], 'detach leaves something');
      return ms;
    };
    attach(); // the first one fills caches
    const { ours, other } = await inTurns(3 * setting.repeat, { ours: attach, other: bareNode });
    printed(['ip', '-batch', '-'], 'netns del box\nlink del dev br0\n');
    return { attach: { ours, other } };
  });
}
