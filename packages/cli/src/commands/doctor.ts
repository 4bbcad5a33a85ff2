import type { Draft } from '@pipewright/core';
import { hostErrors } from '@pipewright/host';
import {
  type Executor,
  fail,
  type HostTarget,
  LOCAL_HOST,
  type OtherMachine,
  PipewrightError,
} from '@pipewright/plugin';
import type { Check } from '../checks/check.js';
import { checkHost } from '../checks/check-host.js';
import { type Needs, needsOf, noNeeds } from '../checks/needs.js';
import type { Engine } from '../engine.js';
import { errors } from '../errors.js';
import { hostsNamed, type KnownHosts } from '../hosts-named.js';
import type { Output } from '../output/output.js';
import { table } from '../output/table.js';
import { block, printable } from '../output/text.js';
import { errors as readErrors } from '../read/errors.js';
import { ifValid, type Opened, type Session } from '../session.js';
import { reportFlows } from '../flow/flow-report.js';
import { command } from '../spec/command.js';
import { list } from '../spec/option.js';
import { globalOptions } from '../spec/shared-options.js';

export default command({
  name: 'doctor',
  group: 'more',
  summary: 'check what this host can do, or another',
  details:
    'Tries things out in network namespaces of their own, so that nothing of the host is touched. With a topology, found or given, it looks for what that one needs. Exits with 4 if something is missing without which nothing, or not this topology, works. With --flow it has a packet traced by nftables (iptables, Docker and firewalld filter by it, too) and exits with 1 unless it passes.',
  examples: [
    { line: 'sudo pipewright doctor', does: 'what works, and what to install' },
    { line: 'sudo pipewright doctor -f shop.yaml', does: 'what this topology needs' },
    { line: 'pipewright doctor --host root@h1', does: 'whether it can be reached, and what works there' },
    { line: 'sudo pipewright doctor --flow web:redis:6379', does: 'what drops it on the way, if anything does' },
  ],
  positionals: [],
  options: {
    ...globalOptions,
    host: list(
      'HOST',
      'another machine in place of this one: where ssh finds it, or its name under `hosts`; may be repeated',
    ),
    flow: list('FLOW', 'send a probe, FROM:TO:PORT[/udp], and name the rule that drops it; may be repeated'),
  },
  run: async ({ session, output, options: { flow, host } }) => {
    if (flow.length > 0 && host.length > 0) fail(errors.flowOnHost());
    if (flow.length > 0) return reportFlows(flow, await session.open(), output);
    const { input, engine } = await openIfFound(session);
    // Where nodes were put is known to root alone, and what a host needs without it is better than nothing.
    const draft = await ifValid(input, (it) => engine.topologies.check(it));
    const topology = draft?.topology.name;
    const invalid = input && !draft ? [invalidCheck] : [];
    const subjects: readonly (HostTarget | undefined)[] =
      host.length > 0 ? hostsNamed(host, await hostsKnown(draft, engine)) : [undefined];
    const examined = await Promise.all(
      subjects.map(async (far) => {
        const needs = draft && needsOf(draft, far?.name ?? LOCAL_HOST);
        const checks = [...invalid, ...(await examine(engine, needs, far))];
        return { far, checks, ok: checks.every((it) => it.ok || !it.essential) };
      }),
    );
    const ok = examined.every((it) => it.ok);
    const [here] = examined;
    output.result(
      () => ({
        ok,
        topology: topology ?? null,
        ...(host.length > 0
          ? {
              hosts: Object.fromEntries(
                examined.map(({ far, ...it }) => [far?.name ?? LOCAL_HOST, { ok: it.ok, checks: it.checks }]),
              ),
            }
          : { checks: here?.checks }),
      }),
      () => examined.map(({ far, checks }) => doctorText(checks, { topology, far }, output)).join('\n\n'),
    );
    return ok ? 0 : 4;
  },
});

/** By what the topology at hand calls them, and those that are up. */
async function hostsKnown(draft: Draft | undefined, { topologies }: Engine): Promise<KnownHosts> {
  const own = draft?.topology.hosts ?? [];
  return new Map([...(await topologies.knownHosts()), ...own.map((it) => [it.name, [it]] as const)]);
}

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

async function examine(
  { commands, engines, executor, registries, plugins }: Engine,
  needs: Needs | undefined,
  far: HostTarget | undefined,
) {
  const described = plugins.flatMap(({ plugin }) => plugin.deviceKinds ?? []).map(({ kind }) => kind);
  const kinds = [...new Set(described)].sort();
  const machine = far ? await reached(far, executor) : { commands, engines };
  if ('name' in machine) return [machine];
  return checkHost({
    ...machine,
    far,
    known: registries.nodes.all().flatMap(({ kind, engine }) => (engine ? [{ kind, spec: engine }] : [])),
    deviceKinds: kinds.flatMap((kind) => registries.deviceKinds.get(kind) ?? []),
    programs: registries.features.flatMap((it) => it.programs ?? []),
    types: registries.types.all(),
    needs: needs ?? noNeeds(kinds),
  }).finally(() => engines.close());
}

/** What keeps us from a machine keeps us from all that it could be asked. */
async function reached(far: HostTarget, executor: Executor): Promise<OtherMachine | Check> {
  try {
    return (await executor.other?.(far)) ?? fail(hostErrors.unknownHost(far.name));
  } catch (error) {
    if (!(error instanceof PipewrightError)) throw error;
    return { name: 'ssh', ok: false, essential: true, detail: error.message, fix: error.fix };
  }
}

interface Subject {
  readonly topology: string | undefined;
  readonly far: HostTarget | undefined;
}

function doctorText(checks: readonly Check[], { topology, far }: Subject, { paint }: Output): string {
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
    ...(far ? [paint('bold', `${printable(far.name)} (${printable(far.ssh)})`)] : []),
    table(['', 'CHECK', 'FOUND'], rows, paint),
    '',
    ...missing.flatMap((it) =>
      it.fix === undefined ? [] : [`${paint('cyan', 'fix:')} ${it.name}: ${block(it.fix, '  ')}`],
    ),
    ...(packages.length > 0 ? [`${paint('cyan', 'fix:')} apt-get install ${packages.join(' ')}`] : []),
    `${topology === undefined ? 'pipewright' : printable(topology)} ${verdict(missing)} ${far ? `on ${printable(far.name)}` : 'here'}${missing.some((it) => it.essential) ? ' as it is' : ''}.`,
  ].join('\n');
}

const verdict = (missing: readonly Check[]): string => (missing.some((it) => it.essential) ? 'does not work' : 'works');
