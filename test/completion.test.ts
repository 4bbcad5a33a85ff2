import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pipewright-completion-'));

/** A node with a name that a shell would run if it came to stand on its command line. */
const TOPOLOGY = `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes: { web: { networks: [lan] }, worker: {}, "w$(touch pwned)": {} }
`;

const LEDGER = {
  format: 1,
  topology: 'shop',
  source: { nodes: { shelf: {} } },
  base: '/',
  resources: [],
  replaced: [],
};

beforeAll(() => {
  writeFileSync(join(folder, 'pipewright.yaml'), TOPOLOGY);
  mkdirSync(join(folder, 'state/shop'), { recursive: true });
  writeFileSync(join(folder, 'state/shop/ledger.json'), JSON.stringify(LEDGER));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
}

function run(argv: readonly [string, ...(readonly string[])], input = ''): Ran {
  const [program, ...args] = argv;
  const { stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    input,
    encoding: 'utf8',
    timeout: 60_000,
    env: {
      PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
      HOME: folder,
      PIPEWRIGHT_STATE_DIR: join(folder, 'state'),
      PIPEWRIGHT_CACHE_DIR: join(folder, 'cache'),
    },
  });
  return { stdout, stderr };
}

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

/** What is completed, whatever the shell; the rest of a line is typed. */
const CASES: readonly (readonly [typed: string, completed: readonly string[]])[] = [
  ['pipewright gra', ['graph']],
  ['pipewright help gra', ['graph']],
  ['pipewright graph --sta', ['--state']],
  ['pipewright graph --format ', ['dot', 'mermaid', 'svg']],
  ['pipewright exec w', ['web', 'worker']],
  ['pipewright exec -n shop s', ['shelf']],
  ['pipewright attach web --network l', ['lan']],
  ['pipewright down ', ['shop']],
  ['pipewright plugins ', ['list', 'new']],
  ['pipewright up -f pipew', ['pipewright.yaml']],
  ['pipewright nonsense ', []],
];

const SHELLS: readonly (readonly [shell: string, complete: (typed: string) => Ran])[] = [
  [
    'bash',
    (typed) =>
      run(
        ['bash', '--norc', '-s', typed],
        'eval "$(pipewright completion bash)"; COMP_LINE=$1; COMP_POINT=${#1}; _pipewright; printf "%s\\n" "${COMPREPLY[@]}"',
      ),
  ],
  [
    'zsh', // its own functions need a terminal: here they print what they are given
    (typed) =>
      run([
        'zsh',
        '-fc',
        'compdef() { }; compset() { }; _describe() { print -rl -- "${(@P)2}"; }; _files() { print -rl -- pipew*; }; eval "$(pipewright completion zsh)"; words=("${(@s: :)1}"); CURRENT=$#words; _pipewright || true',
        'zsh',
        typed,
      ]),
  ],
  ['fish', (typed) => run(['fish', '-N', '-c', 'pipewright completion fish | source; complete -C $argv[1]', typed])],
];

const hasShell = (shell: string): boolean => spawnSync(shell, ['-c', 'exit']).status === 0;

for (const [shell, complete] of SHELLS)
  describe.skipIf(!hasShell(shell))(`${shell} (skipped where it is not installed)`, () => {
    test.each(CASES)('%s', (typed, completed) => {
      const { stdout, stderr } = complete(typed);
      expect(stderr).toBe('');
      expect(stdout).not.toMatch(/:$/m); // zsh would show a description of nothing
      expect(linesOf(stdout).map((line) => line.split(/[\t:]/)[0])).toEqual(completed);
    });
  });

test('bash: a value after = is replaced alone', () => {
  const script =
    'eval "$(pipewright completion bash)"; COMP_LINE=$1; COMP_POINT=${#1}; _pipewright; echo "${COMPREPLY[@]}"';
  expect(run(['bash', '--norc', '-s', 'pipewright graph --format=s'], script).stdout).toBe('svg\n');
});

test('what is wrong with the file, or with the words, is no matter of completion', () => {
  writeFileSync(join(folder, 'broken.yaml'), 'nodes: [');
  for (const words of [
    ['=exec', '=-f', '=broken.yaml', '='],
    ['=exec', '=-f', '=none.yaml', '='],
    ['=up', '=--nonsense='],
  ])
    expect(run(['pipewright', 'completion', 'bash', '--', ...words])).toEqual({ stdout: 'none\n', stderr: '' });
});

test('a topology that is a program is not run by a key', () => {
  writeFileSync(join(folder, 'program.mjs'), 'process.stdout.write("run"); export default { nodes: { web: {} } };');
  expect(run(['pipewright', 'completion', 'bash', '--', '=exec', '=-f', '=program.mjs', '='])).toEqual({
    stdout: 'none\n',
    stderr: '',
  });
});
