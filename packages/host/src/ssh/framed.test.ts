import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { beginningOf, endsOf, framedResults, framedScript, type Sequence } from './framed.js';

const NONCE = 'abc123';

/** What a shell makes of it, as the far one does. */
function run(sequences: readonly Sequence[], cut = Infinity) {
  const script = framedScript(sequences, NONCE).slice(0, cut);
  // Standard error beside standard output: in a file of its own, named by the shell.
  const both = execFileSync('sh', ['-c', 'e=$(mktemp); sh 2> "$e"; printf "\\0"; cat "$e"; rm "$e"'], {
    input: `echo noise\n${script}`,
    encoding: 'utf8',
  });
  const [stdout = '', stderr = ''] = both.split('\0');
  return { stdout, stderr };
}

const results = (sequences: readonly Sequence[]) => framedResults(sequences, run(sequences), NONCE);

const sh = (script: string, ...more: readonly string[]): Sequence => ({
  programs: [{ argv: ['sh', '-c', script, ...more] }],
});

describe('what each program did', () => {
  test('is told of both streams, byte for byte', () =>
    expect(results([sh('printf "a\\n\\nb"; echo oops >&2; exit 3'), sh('echo next')])).toEqual([
      [{ code: 3, stdout: 'a\n\nb', stderr: 'oops\n' }],
      [{ code: 0, stdout: 'next\n', stderr: '' }],
    ]));

  test('with its input as it was given, and nothing else', () => {
    const input = `it's "$(odd)" \\n %s\n`;
    const fed: Sequence = { programs: [{ argv: ['cat'], input }, { argv: ['cat'] }] };
    expect(results([fed])[0]?.map((it) => it?.stdout)).toEqual([input, '']);
  });

  test.each([
    ['of many lines, some empty', '\n\n  x\n\n'],
    ['that the shell would expand', '$HOME `id` \\\n'],
    ['that ends in no newline', 'a\nb'],
    ['longer than what a pipe takes at once', `${'0123456789'.repeat(20_000)}\n`],
    ['none', ''],
  ])('input %s', (_, input) =>
    expect(
      results([
        {
          programs: [
            { argv: ['cat'], input },
            { argv: ['cat'], input: 'next\n' },
          ],
        },
      ])[0],
    ).toMatchObject([
      { code: 0, stdout: input },
      { code: 0, stdout: 'next\n' },
    ]),
  );

  test('a script leaves nothing to the next', () =>
    expect(results([sh('x=1; cd /; f() { :; }; exit 3', 'sh', 'a'), sh('echo "${x-none} $PWD $#"; f')])).toMatchObject([
      [{ code: 3 }],
      [{ code: 127, stdout: `none ${process.cwd()} 0\n` }],
    ]));

  test('a script that the shell does not understand is told of, and what follows runs', () =>
    expect(results([sh('if ('), sh('echo next')])).toMatchObject([[{ code: 2 }], [{ code: 0, stdout: 'next\n' }]]));

  test('words stay words', () =>
    expect(results([sh('printf "%s|" "$@"', 'sh', `a b`, `'$(x)'`, '', '*', 'é\n')])[0]?.[0]?.stdout).toBe(
      `a b|'$(x)'||*|é\n|`,
    ));

  test('a program that is not there is told by 127', () =>
    expect(results([{ programs: [{ argv: ['no-such-program'] }] }])[0]?.[0]).toMatchObject({ code: 127 }));
});

const [one, two, three] = ['exit 0', 'exit 2', 'echo three'].map((it) => ({ argv: ['sh', '-c', it] })) as [
  { argv: string[] },
  { argv: string[] },
  { argv: string[] },
];

test('what follows a failure is not run, and other sequences are', () => {
  const codes = results([{ programs: [one, two, three] }, { programs: [three] }]).map((it) => it.map((r) => r?.code));
  expect(codes).toEqual([[0, 2, undefined], [0]]);
});

test('unless all are to be', () =>
  expect(results([{ programs: [one, two, three], all: true }])[0]?.map((it) => it?.code)).toEqual([0, 2, 0]));

test('a script cut off anywhere on its way does nothing', () => {
  const sequences = [sh('echo done'), sh('echo done')];
  const length = framedScript(sequences, NONCE).trimEnd().length;
  for (let cut = 0; cut < length; cut += 7) expect(run(sequences, cut).stdout).toBe('noise\n');
  expect(run(sequences).stdout).toContain('done');
});

test('at its end each stream says so', () => {
  const { stdout, stderr } = run([sh('true')]);
  expect(stdout.endsWith(endsOf(NONCE).stdout)).toBe(true);
  expect(stderr.endsWith(endsOf(NONCE).stderr)).toBe(true);
  expect(stdout).toContain(beginningOf(NONCE));
});
