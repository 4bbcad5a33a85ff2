import { expect, test } from 'vitest';
import { AskedOnce } from './asked-once.js';
import type { FarPrograms } from './far-commands.js';

/** Programs that say how often one was run. */
function counting(): FarPrograms {
  let runs = 0;
  return { run: async () => ({ code: 0, stdout: String(++runs), stderr: '' }) };
}

test('the same is asked once, ahead or not; with another input it is another question', async () => {
  const asked = new AskedOnce(counting());
  const version = { argv: ['ip', '-V'] };
  void asked.ahead.run([version]);
  const said = await Promise.all([
    asked.run([version]),
    asked.run([version]),
    asked.run([{ ...version, input: 'link' }]),
    asked.run([{ argv: ['pw_unrelayed'], own: true }, version]),
  ]);
  expect(said.map((it) => it?.stdout)).toEqual(['1', '1', '2', '3']);
});

test('what fails ahead of its need is told to who needs it', async () => {
  const asked = new AskedOnce({ run: () => Promise.reject(new Error('lost')) });
  void asked.ahead.run([{ argv: ['ip'] }]);
  await expect(asked.run([{ argv: ['ip'] }])).rejects.toThrow('lost');
});
