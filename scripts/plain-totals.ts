import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';

/**
 * Says why each skipped test was skipped and which passed at a further try only, then the totals on one plain line;
 * as JSON, with what failed and why, also where a script asks for it.
 */
export default class PlainTotals implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    const failures = [
      ...inState('failed').map((test) => failure(test.module, test.fullName, test.result().errors ?? [])),
      ...modules.flatMap(outsideTests),
      ...unhandled.map((error) => `outside of any file\n${text(error)}`),
    ];
    const totals = {
      passed: inState('passed').length,
      failed: failures.length,
      skipped: inState('skipped').length + inState('pending').length,
    };

    const skips = inState('skipped').map((test) => `skipped: ${test.fullName} (${reason(test)})`);
    const again = inState('passed')
      .filter((test) => test.diagnostic()?.flaky)
      .map((test) => `at a further try: ${failure(test.module, test.fullName, test.result().errors ?? [])}`);
    const line = `${String(totals.passed)} passed, ${String(totals.failed)} failed, ${String(totals.skipped)} skipped`;
    process.stdout.write(`\n${[...skips, ...again, line].join('\n')}\n`);

    const file = process.env['PIPEWRIGHT_TEST_TOTALS'];
    if (file) writeFileSync(file, JSON.stringify({ ...totals, failures, again }));
  }
}

/** A file that does not load, or a hook that fails, fails no test of its own. */
function outsideTests(module: TestModule): string[] {
  const errors = [...module.errors(), ...[...module.children.allSuites()].flatMap((suite) => suite.errors())];
  return errors.length > 0 ? [failure(module, 'outside of its tests', errors)] : [];
}

function failure(module: TestModule, name: string, errors: readonly SerializedError[]): string {
  return [`${module.relativeModuleId} > ${name}`, ...errors.map(text)].join('\n');
}

function text(error: SerializedError): string {
  const diff: unknown = error['diff'];
  const stack = (error.stack ?? error.message).split('\n').filter((line) => !line.includes('/node_modules/'));
  return [...stack, typeof diff === 'string' ? diff : ''].join('\n').trimEnd().replace(/^/gm, '  ');
}

function reason(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' && result.note) || (test.options.mode === 'todo' ? 'todo' : 'no reason given');
}
