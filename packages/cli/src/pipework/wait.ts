import { setTimeout as sleep } from 'node:timers/promises';
import type { Executor } from '@pipewright/plugin';
import type { WaitRequest } from './request.js';

const PAUSE_MS = 200;
const INTERRUPTED = 130;

/** Until the nic is there and up. It may never be: whoever asks sets a limit. */
export async function waitForNic({ nic }: WaitRequest, executor: Executor, signal: AbortSignal): Promise<number> {
  while (!(await isUp(nic, executor))) {
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return INTERRUPTED;
  }
  return 0;
}

/** In the namespace we are in, whatever is mounted on /sys. */
async function isUp(nic: string, executor: Executor): Promise<boolean> {
  const { actual } = await executor.survey({ topology: '', nodes: [], wanted: [], applied: [] });
  return actual.some(
    ({ type, on, attrs }) =>
      type === 'device' && on.node === undefined && attrs['name'] === nic && attrs['up'] === true,
  );
}
