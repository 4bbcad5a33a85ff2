import { block } from '../output/text.js';
import { table } from '../output/table.js';
import type { Output } from '../output/output.js';
import { type Check, checkHost } from '../checks.js';
import { command } from '../spec/command.js';
import { globalOptions } from '../spec/shared-options.js';

export default command({
  name: 'doctor',
  group: 'more',
  summary: 'check what this host can do',
  details:
    'Tries things out in a network namespace of its own, so that nothing of the host is touched. Exits with 4 if something is missing without which nothing works.',
  examples: [{ line: 'sudo pipewright doctor', does: 'what works, and what to install' }],
  positionals: [],
  options: globalOptions,
  run: async ({ session, output }) => {
    const { commands, plugins } = await session.openAny();
    const checks = await checkHost(
      commands,
      plugins.flatMap((it) => it.plugin.deviceKinds ?? []),
    );
    const ok = checks.every((it) => it.ok || !it.essential);
    output.result(
      () => ({ ok, checks }),
      () => doctorText(checks, output),
    );
    return ok ? 0 : 4;
  },
});

function doctorText(checks: readonly Check[], { paint }: Output): string {
  const rows = checks.map(({ name, ok, essential, detail }) => [
    ok
      ? ({ text: 'ok', style: 'green' } as const)
      : ({ text: essential ? 'missing' : 'no', style: essential ? 'red' : 'yellow' } as const),
    name,
    detail,
  ]);
  const missing = checks.filter((it) => !it.ok);
  const packages = [...new Set(missing.flatMap((it) => it.package ?? []))];
  return [
    table(['', 'CHECK', 'FOUND'], rows, paint),
    '',
    ...missing.flatMap((it) =>
      it.fix === undefined ? [] : [`${paint('cyan', 'fix:')} ${it.name}: ${block(it.fix, '  ')}`],
    ),
    ...(packages.length > 0 ? [`${paint('cyan', 'fix:')} apt-get install ${packages.join(' ')}`] : []),
    missing.some((it) => it.essential) ? 'pipewright does not work here as it is.' : 'pipewright works here.',
  ].join('\n');
}
