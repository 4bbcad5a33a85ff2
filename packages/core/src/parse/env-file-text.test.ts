import { expect, test } from 'vitest';
import { readEnvFile } from './env-file-text.js';

const ENV = { HOME: '/root', SECRET: 'a # b' };

test.each([
  ['A=1\nB=2\n', { A: '1', B: '2' }],
  ['', {}],
  ['# a comment\n\n  # another\nA=1', { A: '1' }],
  ['\uFEFFA=1\r\nB=2\r\n', { A: '1', B: '2' }],
  ['A=b \u00a0c  ', { A: 'b \u00a0c' }],
  ['export A=1', { A: '1' }],
  ['A = 1', { A: '1' }],
  ['A=', { A: '' }],
  ['A=b c  d  # said of it', { A: 'b c  d' }],
  ['A=b#c', { A: 'b#c' }],
  ['A=#c', { A: '#c' }],
  ['A= #c', { A: '' }],
  ['A=b=c', { A: 'b=c' }],
  ["A=it's", { A: "it's" }],
  ["A='$HOME ${HOME} \\n # \"'  # so", { A: '$HOME ${HOME} \\n # "' }],
  ['A="b\\tc \\"d\\" \\\\ \\d ${HOME} # e"', { A: 'b\tc "d" \\ \\d /root # e' }],
  ['A="one\ntwo"\nB=3', { A: 'one\ntwo', B: '3' }],
  ['A=${HOME}/x ${NONE:-y} $HOME $$', { A: '/root/x y $HOME $' }],
  ['A=${SECRET}', { A: 'a # b' }],
  ['HOME\nNONE\n', { HOME: '/root' }],
  ['A=1\nA=2', { A: '2' }],
  ['a.b-c=1', { 'a.b-c': '1' }],
])('%j says %j', (text, says) => {
  const { entries, faults } = readEnvFile(text, ENV);
  expect(faults).toEqual([]);
  expect(Object.fromEntries(entries.map(({ name, value }) => [name, value]))).toEqual(says);
});

test.each([
  ['A=1\n=2\nB=3', ['2:1 PW_BAD_ENV_LINE']],
  ['two words', ['1:1 PW_BAD_ENV_LINE']],
  ['  A="open\nB=2', ['1:3 PW_BAD_ENV_LINE']],
  ["A='b'c", ['1:1 PW_BAD_ENV_LINE']],
  ['KEY: value', ['1:1 PW_BAD_ENV_LINE']],
  ['A=\0', ['1:1 PW_CONTROL_CHARACTER']],
  ['A="one\ntwo"\n\tB=${NONE}\nC=${1}', ['3:2 PW_UNSET_VARIABLE', '4:1 PW_BAD_REFERENCE']],
])('in %j is wrong %j', (text, wrong) => {
  const { faults } = readEnvFile(text, ENV);
  expect(faults.map(({ line, column, fault }) => `${String(line)}:${String(column)} ${fault.code}`)).toEqual(wrong);
});

test('what is right beside a mistake is read', () => {
  expect(readEnvFile('A=1\n=2\nB=3', ENV).entries).toEqual([
    { name: 'A', value: '1', line: 1, column: 1 },
    { name: 'B', value: '3', line: 3, column: 1 },
  ]);
});
