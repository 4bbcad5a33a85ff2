import { spawnSync } from 'node:child_process';
import type { Commands } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { ask, groupsOf, parseAnswers } from './answers.js';

const queries = [
  'ip -j -N link show',
  'ip -j -N addr show',
  'ip -j -N -6 rule show',
  'ip -j -N link show',
  'tc -j qdisc show',
].map((text) => ({ argv: text.split(' ') }));

const SAVE = { argv: ['iptables-save'], text: true } as const;

test('all that ip answers is asked by one process, each thing once; other tools have their own', () => {
  const [ip, tc, ...more] = groupsOf(queries);
  expect(ip?.argv.slice(-4)).toEqual(['-j -N', 'link show\naddr show\n', '-j -N -6', 'rule show\n']);
  expect(ip?.questions).toEqual(['ip -j -N link show', 'ip -j -N addr show', 'ip -j -N -6 rule show']);
  expect(tc).toEqual({ argv: ['tc', '-j', 'qdisc', 'show'], questions: ['tc -j qdisc show'] });
  expect(more).toEqual([]);
});

test('one batch of ip needs no shell', () =>
  expect(groupsOf(queries.slice(0, 2))).toMatchObject([
    { argv: ['ip', '-j', '-N', '-batch', '-'], input: 'link show\naddr show\n' },
  ]));

test('where it is not known what is there, the program finds out whether a question may be put', () => {
  const rules = { argv: ['iptables-save'], text: true, given: '/proc/sys/net/bridge' } as const;
  expect(groupsOf([rules])[0]?.argv).toEqual(rules.argv);
  expect(groupsOf([rules], { unseen: true })[0]?.argv.slice(-3)).toEqual(['sh', rules.given, ...rules.argv]);
});

describe('where nobody has seen the namespace yet', () => {
  const shell: Commands = {
    run: async ([program = '', ...words]) => {
      const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' });
      return { code: status ?? -1, stdout, stderr };
    },
  };
  const answers = (path: string) => ask([SAVE], { label: 'Node "web"', path }, shell, { unseen: true });

  test('no program is started in vain', async () =>
    expect(answers('/nowhere/web')).rejects.toThrow(/There is no \/nowhere\/web/));

  test('it is entered if it is there', async () => expect(answers('/dev/null')).rejects.toThrow(/nsenter: /));
});

describe('what ip prints', () => {
  test.each([
    ['an answer a line', '[{"a":1}]\n[]\n', [[{ a: 1 }], []]],
    ['blank lines are none', '\n[]\n\n', [[]]],
    [
      'raw control bytes, as an alias may hold',
      '[{"ifalias":"a\u0001b\u001bc"}]\n',
      [[{ ifalias: 'a\u0001b\u001bc' }]],
    ],
    ['what ip did escape', '[{"ifalias":"d\\"e\\\\f\\tg\\n"}]', [[{ ifalias: 'd"e\\f\tg\n' }]]],
    ['no JSON', 'Object "x" is unknown', undefined],
  ])('%s', (_, stdout, expected) => expect(parseAnswers(stdout)).toEqual(expected));
});

/** Programs that always say the same. */
const saying = (stdout: string, code = 0, stderr = ''): Commands => ({ run: async () => ({ code, stdout, stderr }) });
const web = { label: 'Node "web"', path: '/run/netns/shop-web' };

test('one question may be answered by nothing', async () =>
  expect([...(await ask([{ argv: ['ip', '-j', 'netns', 'list'] }], web, saying('')))]).toEqual([
    ['ip -j netns list', []],
  ]));

test.each([
  ['the tool fails', saying('', 1, 'setting the network namespace failed: Invalid argument')],
  ['an answer is missing', saying('[]\n')],
  ['an answer is no JSON', saying('[]\n[{]\n')],
])('throws where %s', async (_, commands) =>
  expect(ask(queries.slice(0, 2), web, commands)).rejects.toMatchObject({
    code: 'PW_SURVEY_FAILED',
    message: expect.stringContaining('Node "web"') as string,
  }),
);

test('text is the answer as it is printed', async () =>
  expect([...(await ask([SAVE], web, saying('*filter\nCOMMIT\n')))]).toEqual([['iptables-save', '*filter\nCOMMIT\n']]));

describe('nothing is the answer in text', () => {
  test.each([
    ['where there is no such program', 127, 'iptables-save: not found'],
    [
      'where we may not look',
      4,
      'iptables-save v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)',
    ],
    ['where the kernel has no such tables', 1, 'iptables-save/1.8.9 Failed to initialize nft: Protocol not supported'],
  ])('%s', async (_, code, stderr) =>
    expect([...(await ask([SAVE], web, saying('', code, stderr)))]).toEqual([['iptables-save', []]]),
  );

  test('and nowhere else', async () =>
    expect(ask([SAVE], web, saying('', 4, 'Resource temporarily unavailable'))).rejects.toMatchObject({
      code: 'PW_SURVEY_FAILED',
    }));
});
