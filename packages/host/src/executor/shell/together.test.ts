import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Commands } from '@pipewright/plugin';
import { expect, test } from 'vitest';
import { ExecaCommands } from '../../commands.js';
import { Together } from './together.js';

/** Programs, and which were started by themselves. */
function counting() {
  const started: string[] = [];
  const commands = new ExecaCommands();
  const counted: Commands = {
    run: (argv, options) => {
      started.push(argv[0] ?? '');
      return commands.run(argv, options);
    },
  };
  return { started, together: new Together(counted) };
}

test('what is asked for at a time is run by few shells, each with its own answer', async () => {
  const { started, together } = counting();
  const answers = await Promise.all([
    ...Array.from({ length: 50 }, (_, index) => together.run(['echo', `it's ${index}`])),
    together.run(['cat'], { input: 'a\nb' }),
    together.run(['sh', '-c', 'echo oops >&2; exit 3']),
    together.run(['no-such-program']),
  ]);
  expect(new Set(started)).toEqual(new Set(['sh']));
  expect(answers.slice(0, 50).map(({ stdout }) => stdout)).toEqual(
    Array.from({ length: 50 }, (_, index) => `it's ${index}\n`),
  );
  expect(answers.slice(50)).toMatchObject([
    { code: 0, stdout: 'a\nb' },
    { code: 3, stderr: 'oops\n' },
    { code: 127, stderr: expect.stringContaining('not found') as string },
  ]);
});

test('one alone needs no shell, and what has to end in time has a process of its own', async () => {
  const { started, together } = counting();
  expect(await together.run(['true'])).toMatchObject({ code: 0 });
  await Promise.all([together.run(['true'], { timeoutMs: 60_000 }), together.run(['true'])]);
  expect(started).toEqual(['true', 'true', 'true']);
});

const NOT_RUN = { code: 126, stderr: 'not run' };

test('a shell that is ended tells of all that it did not run', async () => {
  const { together } = counting();
  const ending = ['sh', '-ec', 'kill -9 "$PPID"'];
  const answers = await Promise.all([ending, ending, ['true'], ['true']].map((it) => together.run(it)));
  expect(answers.filter(({ code }) => code === 137).length).toBeGreaterThan(0);
});

test('a shell begins nothing for somebody else: whoever asked it was killed', async () => {
  const commands = new ExecaCommands();
  const adopted: Commands = {
    run: (argv, options) => commands.run(['sh', '-c', '"$@"; exit', 'sh', ...argv], options),
  };
  const together = new Together(adopted);
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-test-'));
  const files = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'].map((it) => join(folder, it));
  const answers = await Promise.all([...files, ...files].map((it) => together.run(['touch', it])));
  expect(answers).toMatchObject(answers.map(() => NOT_RUN));
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});
