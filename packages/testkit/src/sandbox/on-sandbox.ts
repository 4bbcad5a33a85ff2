import type { TestContext } from 'vitest';
import { Sandbox, whyNoSandbox } from './sandbox.js';

/**
 * A test that has a sandbox for itself: `test('…', onSandbox(async (host) => …))`. Skipped, with the reason, where
 * there can be none.
 */
export const onSandbox =
  (body: (host: Sandbox) => Promise<void>) =>
  async (context: TestContext): Promise<void> => {
    const reason = whyNoSandbox();
    if (reason !== undefined) context.skip(reason);
    const host = await Sandbox.start();
    // Also where the test hangs and is given up.
    context.onTestFinished(() => host.stop());
    await body(host);
  };
