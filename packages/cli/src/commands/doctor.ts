import { PipewrightError } from '@pipewright/plugin';
import type { Check } from '../checks/check.js';
import { checkHost } from '../checks/check-host.js';
import { type Needs, needsOf, noNeeds } from '../checks/needs.js';
import type { Engine } from '../engine.js';
import type { Output } from '../output/output.js';
import { table } from '../output/table.js';
import { block, printable } from '../output/text.js';
import { errors as readErrors } from '../read/errors.js';
import { draftIfValid, type Opened, type Session } from '../session.js';
import { reportFlows } from '../flow/flow-report.js';
import { command } from '../spec/command.js';
import { list } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';

export default command({
  name: 'doctor',
  group: 'more',
  summary: 'check what this host can do',
  details:
    'Tries things out in network namespaces of their own, so that nothing of the host is touched. With a topology, found or given, it looks for what that one needs. Exits with 4 if something is missing without which nothing, or not this topology, works. With --flow it has a packet traced by nftables (iptables, Docker and firewalld filter by it, too) and exits with 1 unless it passes.',
  examples: [
    { line: 'sudo pipewright doctor', does: 'what works, and what to install' },
    { line: 'sudo pipewright doctor -f shop.yaml', does: 'what this topology needs' },
    { line: 'sudo pipewright doctor --flow web:redis:6379', does: 'what drops it on the way, if anything does' },
  ],
  positionals: [],
  options: {
    ...globalOptions,
    flow: list('FLOW', 'send a probe, FROM:TO:PORT[/udp], and name the rule that drops it; may be repeated'),
  },
  run: async ({ session, output, options: { flow } }) => {
    if (flow.length > 0) return reportFlows(flow, await session.open(), output);
    const { input, engine } = await openIfFound(session);
    const draft = await draftIfValid(input, (it) => engine.topologies.check(it));
    const checks = [...(input && !draft ? [invalidCheck] : []), ...(await examine(engine, draft && needsOf(draft)))];
    const ok = checks.every((it) => it.ok || !it.essential);
    output.result(
      () => ({ ok, topology: draft?.topology.name ?? null, checks }),
      () => doctorText(checks, draft?.topology.name, output),
    );
    return ok ? 0 : 4;
  },
});

/** A host is checked without a topology, too. */
async function openIfFound(session: Session): Promise<Partial<Opened> & Pick<Opened, 'engine'>> {
  try {
    return await session.open();
  } catch (error) {
    if (!(error instanceof PipewrightError) || error.code !== readErrors.noTopology.code) throw error;
    return { engine: await session.openAny() };
  }
}

const invalidCheck: Check = {
  name: 'topology',
  ok: false,
  essential: false,
  detail: 'is not valid: what it needs is not known',
  fix: 'see what `pipewright validate` says',
};

async function examine({ commands, engines, registries, plugins }: Engine, needs: Needs | undefined) {
  const described = plugins.flatMap(({ plugin }) => plugin.deviceKinds ?? []).map(({ kind }) => kind);
  const kinds = [...new Set(described)].sort();
  return checkHost({
    commands,
    engines,
    known: registries.nodes.all().flatMap(({ kind, engine }) => (engine ? [{ kind, spec: engine }] : [])),
    deviceKinds: kinds.flatMap((kind) => registries.deviceKinds.get(kind) ?? []),
    programs: registries.features.flatMap((it) => it.programs ?? []),
    needs: needs ?? noNeeds(kinds),
  }).finally(() => engines.close());
}

function doctorText(checks: readonly Check[], topology: string | undefined, { paint }: Output): string {
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
    `${topology === undefined ? 'pipewright' : printable(topology)} ${verdict(missing)}`,
  ].join('\n');
}

const verdict = (missing: readonly Check[]): string =>
  missing.some((it) => it.essential) ? 'does not work here as it is.' : 'works here.';
