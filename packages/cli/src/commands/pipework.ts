import { hostErrors } from '@pipewright/host';
import { fail } from '@pipewright/plugin';
import { composeEngine } from '../engine.js';
import { unaskedOptions } from '../nic-change.js';
import { attach } from '../pipework/attach.js';
import { isOfTool, pipeworkRequest } from '../pipework/grammar.js';
import { runTool } from '../pipework/run-tool.js';
import { withScriptsExit } from '../pipework/scripts-exit.js';
import { SYNTAX } from '../pipework/syntax.js';
import { waitForNic } from '../pipework/wait.js';
import { ADHOC, checkNames } from '../read/from-nic-options.js';
import { abortedBySignal } from '../signals.js';
import { command } from '../spec/command.js';
import { flag, text } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';

const requireRoot = (): unknown => process.getuid?.() === 0 || fail(hostErrors.needsRoot());

export default command({
  name: 'pipework',
  group: 'topology',
  summary: "what jpetazzo's pipework does, in its own words",
  details:
    'Also a program of its own: `pipework br1 web 192.168.1.1/24`. As the script, it says nothing unless something is wrong; unlike it, the same again is no mistake, what fails leaves nothing half done, and `pipewright detach` takes it back. route, rule and tc run in the namespace of the guest, with all that follows.',
  examples: [
    { line: 'pipewright pipework br1 web 192.168.1.1/24@192.168.1.254', does: 'on a bridge, with a default gateway' },
    { line: 'pipewright pipework br1 -i eth2 web 192.168.2.1/24 U:web', does: 'another nic, its MAC made from a text' },
    { line: 'pipewright pipework route web add 10.5.6.0/24 via 192.168.1.1', does: '`ip route` in the guest' },
    { line: 'pipewright pipework --wait -i eth1', does: 'until it is there and up, where the command runs' },
  ],
  positionals: [
    { name: 'HOSTIF', summary: 'a bridge of the host, mac:MAC, or a new one named br…; or route, rule, tc' },
    { name: 'GUEST', summary: 'as `attach` takes it' },
    { name: 'ADDRESS', summary: 'ADDRESS/LEN[@GATEWAY], 0/0 for none; then [MAC][@VLAN]', many: true },
  ],
  endsAfter: isOfTool,
  options: {
    ...globalOptions,
    nic: text('CONTAINERIF', "the nic's name; by default eth1", { alias: 'i' }),
    'host-device': text('LOCALIF', 'the name of its other end, on the host', { alias: 'l' }),
    family: text('FAMILY', 'the family that the address must be of', {
      alias: 'a',
      choices: ['4', '6', 'inet', 'inet6'],
    }),
    'direct-phys': flag('move the host interface itself, where it is no bridge'),
    wait: flag('wait until the nic is there and up, and do nothing else'),
    ...unaskedOptions,
  },
  brief: true,
  run: async ({ options, words, session, output }) => {
    checkNames({ name: options.name, nic: undefined });
    const request = pipeworkRequest(words, options);
    const topology = options.name ?? ADHOC;
    const dryRun = options['dry-run'];
    switch (request.form) {
      case 'syntax':
        output.print(SYNTAX);
        return 1;
      case 'wait':
        return waitForNic(request, composeEngine([], session.progress).executor, abortedBySignal());
      case 'tool':
      case 'attach': {
        if (!dryRun) requireRoot();
        const how = { topology, engine: await session.engineFor(topology), output, dryRun };
        return withScriptsExit(() => (request.form === 'tool' ? runTool(request, how) : attach(request, how)));
      }
    }
  },
});
