// Nics for namespaces that somebody else made and runs, against what pipework's script does for each.
import { writeFileSync } from 'node:fs';
import { inTurns, printed, timed } from '../measure.mjs';
import { byHand, cliOf, here, pipewright } from '../programs.mjs';
import { withoutTrace } from '../sandbox.mjs';
import { mustEqual, nodeState } from '../state.mjs';
import { macOf } from '../topology.mjs';

export const gives = ['pipework-many', 'pipework'];

const MANY = 100;
const GATEWAY = '10.210.0.1';
const addressOf = (i) => `10.210.${(i + 2) >> 8}.${(i + 2) & 255}/16`;

export async function run(setting, wanted) {
  const found = {};
  if (wanted.includes('pipework-many')) {
    const file = writeNics('/mnt/nics.json');
    found['pipework-many'] = await against(setting.repeat, MANY, {
      make: () => pipewright(setting, 'up', file),
      remove: () => pipewright(setting, 'down', file),
    });
  }
  if (wanted.includes('pipework')) {
    const bin = here('../packages/cli/bin/pipework.cjs');
    const words = ['br1', 'g0', `${addressOf(0)}@${GATEWAY}`, macOf(0)];
    found.pipework = await against(3 * setting.repeat, 1, {
      make: () => timed([process.execPath, bin, ...words]),
      remove: () => timed([...cliOf(setting), 'detach', 'g0']),
    });
  }
  return found;
}

/** Both end in the same state, and leave nothing. */
async function against(times, guests, ours) {
  const byScript = {
    make: () => byHand('pipework', guests),
    remove: () =>
      printed(
        ['ip', '-batch', '-'],
        each(guests, (i) => `link del dev veth1pl${i}\n`),
      ),
  };
  let state;
  const once = ({ make, remove }) =>
    withoutTrace(() => {
      printed(['ip', '-batch', '-'], HOST + each(guests, (i) => `netns add g${i}\n`));
      const ms = make();
      const names = Array.from({ length: guests }, (_, i) => nodeState(`g${i}`));
      state ??= names;
      mustEqual(names, state, 'they end in different states');
      remove();
      printed(['ip', '-batch', '-'], `${each(guests, (i) => `netns del g${i}\n`)}link del dev br1\n`);
      return ms;
    });
  await once(ours); // the first one fills caches
  return inTurns(times, { ours: () => once(ours), other: () => once(byScript) });
}

const HOST = `link add name br1 type bridge\naddress add ${GATEWAY}/16 dev br1\nlink set dev br1 up\n`;

const each = (count, line) => Array.from({ length: count }, (_, i) => line(i)).join('');

/** One topology that gives each guest a nic. */
function writeNics(path) {
  const nodes = Array.from({ length: MANY }, (_, i) => [
    `g${i}`,
    {
      namespace: `g${i}`,
      networks: { lan: { name: 'eth1', address: addressOf(i), gateway: GATEWAY, mac: macOf(i) } },
    },
  ]);
  const lan = { kind: 'bridge', bridge: 'br1', adopt: true };
  writeFileSync(path, JSON.stringify({ name: 'nics', networks: { lan }, nodes: Object.fromEntries(nodes) }));
  return path;
}
