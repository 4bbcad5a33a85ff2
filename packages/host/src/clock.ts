import { setTimeout } from 'node:timers/promises';
import type { Clock } from '@pipewright/plugin';
import { current } from './recall/recording.js';

export class SystemClock implements Clock {
  now(): number {
    current?.spoil('the time');
    return Date.now();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    try {
      await setTimeout(ms, undefined, { ...(signal ? { signal } : {}) });
    } catch (error) {
      if (signal?.aborted !== true) throw error;
    }
  }
}
