import type { Commands } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { AskedOnce } from './asked-once.js';

/** Programs that say how often one was run. */
function counting(): Commands {
  let runs = 0;
  return { run: async () => ({ code: 0, stdout: String(++runs), stderr: '' }) };
}

test('the same is asked once, ahead or not; with another input it is another question', async () => {
  const asked = new AskedOnce(counting());
  void asked.ahead.run(['ip', '-V']);
  const said = await Promise.all([
    asked.run(['ip', '-V']),
    asked.run(['ip', '-V']),
    asked.run(['ip', '-V'], { input: 'link' }),
  ]);
  expect(said.map(({ stdout }) => stdout)).toEqual(['1', '1', '2']);
});

test('what fails ahead of its need is told to who needs it', async () => {
  const asked = new AskedOnce({ run: () => Promise.reject(new Error('lost')) });
  void asked.ahead.run(['ip']);
  await expect(asked.run(['ip'])).rejects.toThrow('lost');
});
