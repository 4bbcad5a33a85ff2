import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Says why each skipped test was skipped, then the totals on one plain line; as JSON also where a script asks for it. */
export default class PlainTotals implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const inState = (state: string) => tests.filter((test) => test.result().state === state);
    const totals = {
      passed: inState('passed').length,
      failed: inState('failed').length + modules.filter(failedOutsideTests).length + unhandled.length,
      skipped: inState('skipped').length + inState('pending').length,
    };

    const skips = inState('skipped').map((test) => `skipped: ${test.fullName} (${reason(test)})\n`);
    process.stdout.write(
      `\n${skips.join('')}${String(totals.passed)} passed, ${String(totals.failed)} failed, ${String(totals.skipped)} skipped\n`,
    );

    const file = process.env['PIPEWRIGHT_TEST_TOTALS'];
    if (file) writeFileSync(file, JSON.stringify(totals));
  }
}

/** A file that does not load, or a hook that fails, fails no test of its own. */
function failedOutsideTests(module: TestModule): boolean {
  return module.errors().length > 0 || [...module.children.allSuites()].some((suite) => suite.errors().length > 0);
}

function reason(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' && result.note) || (test.options.mode === 'todo' ? 'todo' : 'no reason given');
}
