import { traceDevices } from '@pipewright/host';
import { hostsNamed } from '../hosts-named.js';
import { command } from '../spec/command.js';
import { text } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';
import { cablesText, isCable, whoseText } from '../views/whose.js';

export default command({
  name: 'whose',
  group: 'look',
  summary: 'say which node or container is at the other end of a device',
  details:
    'Of any device of the host, whoever made it: those of container engines too. Of a bridge, whose each of its ports is. Needs no topology.',
  examples: [
    { line: 'sudo pipewright whose veth12ab34', does: 'the container behind it, its nic and addresses' },
    { line: 'sudo pipewright whose docker0', does: 'whose each port of a bridge is' },
    { line: 'sudo pipewright whose', does: 'all cables that end on this host' },
    { line: 'sudo pipewright whose veth12ab34 --host root@h1', does: 'of another machine, by ssh' },
  ],
  positionals: [{ name: 'DEVICE', summary: 'a device of the host; without it all that have another end' }],
  options: {
    ...globalOptions,
    host: text('HOST', 'another machine: where ssh finds it, or what a topology that is up calls it'),
  },
  needsRoot: true,
  run: async ({ options, words: [asked], session, output }) => {
    const engine = await session.openAny();
    const { registries, executor, topologies } = engine;
    const [far] = options.host === undefined ? [] : hostsNamed([options.host], await topologies.knownHosts());
    const { commands, engines } = (far && (await executor.other?.(far))) ?? engine;
    const known = registries.nodes.all().flatMap(({ kind, engine }) => (engine ? [{ kind, spec: engine }] : []));
    const parts = { commands, engines, kinds: registries, known, far: options.host };
    const devices = await traceDevices(asked, parts).finally(() => engines.close());
    const [device] = devices;
    if (asked !== undefined && device)
      output.result(
        () => device,
        () => whoseText(device, output.paint),
      );
    else
      output.result(
        () => ({ devices: devices.filter(isCable) }),
        () => cablesText(devices.filter(isCable), output.paint),
      );
    return 0;
  },
});
