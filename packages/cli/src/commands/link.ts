import { LINK_COMPATS } from '@pipewright/plugin';
import { changeLinks } from '../link-change.js';
import { unaskedOptions } from '../nic-change.js';
import { linkOf } from '../read/from-link-words.js';
import { command } from '../spec/command.js';
import { list, text } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';

export default command({
  name: 'link',
  group: 'topology',
  summary: 'tell what runs in a guest where another is, as `docker run --link` does',
  details:
    'Of containers and namespaces that exist, and have addresses in a common subnet, whoever made it: entries in the hosts file of the one, and variables in /run/pipewright/links.env of it and in all that `pipewright exec` runs. Does not ask. Without LINK, those that it has are made true again: after a restart, or where an address has changed. The links of a guest are a topology of their own, `link-GUEST`, unless -n names one: for `status`, `exec`, `down`.',
  examples: [
    { line: 'pipewright link redis:db --into web', does: 'of container redis, called db there' },
    { line: 'pipewright link docker:redis:db --into pid:4711 --port 6379', does: 'of guests by kind, for one port' },
    { line: 'pipewright link --into web', does: 'after a restart of either' },
    { line: 'pipewright exec -n link-web web -- env', does: 'what a command in it is told' },
  ],
  positionals: [{ name: 'LINK', summary: 'GUEST or GUEST:ALIAS; a guest is named as for `attach`', many: true }],
  options: {
    ...globalOptions,
    into: text('GUEST', 'who is told; to be given'),
    port: list('PORT', 'what it is for (6379, 53/udp, 7000-7009), in place of what the other exposes; may be repeated'),
    compat: text('VERSION', 'by the rules of which Docker', { choices: LINK_COMPATS }),
    ...unaskedOptions,
  },
  needsRoot: true,
  run: ({ options, words, session, output }) =>
    changeLinks({
      command: 'link',
      options,
      session,
      output,
      input: ({ engine: { topologies, registries }, topology, into }) => {
        const kinds = registries.nodes.all().map(({ kind }) => kind);
        const links = words.map((it) => linkOf(it, kinds, options));
        return topologies.linked({ topology, base: process.cwd(), into, links });
      },
      told: ({ into, topology }, { serviceLinks }) => {
        const all = serviceLinks.map(({ alias, addresses }) => `${alias} at ${addresses.join(' and ')}`);
        return `${into} is told of ${all.join(', ')}; topology ${topology}`;
      },
    }),
});
