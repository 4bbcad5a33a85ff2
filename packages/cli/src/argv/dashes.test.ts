import { expect, test } from 'vitest';
import { command } from '../spec/command.js';
import { flag, text } from '../spec/option.js';
import { withDashes } from './dashes.js';

const spec = command({
  name: 'with',
  group: 'more',
  summary: 'run a program with something',
  examples: [],
  positionals: [{ name: 'WORD', summary: 'a word', many: true }],
  options: { nic: text('NIC', 'a nic', { alias: 'i' }), wait: flag('wait') },
  endsAfter: ([tool]) => tool === 'tc',
  run: () => Promise.resolve(0),
});

test.each([
  ['with tc', 'with tc --'],
  ['with tc -s qdisc', 'with tc -- -s qdisc'],
  ['with --wait -i eth1 tc -i', 'with --wait -i eth1 tc -- -i'],
  ['with --nic tc tc -i', 'with --nic tc tc -- -i'],
  ['with --nic=tc ip -i', 'with --nic=tc ip -i'],
  ['with tc -- -s', 'with tc -- -s'],
  ['with -- tc -s', 'with -- tc -s'],
  ['with ip -s tc', 'with ip -s tc'],
  ['without tc -s', 'without tc -s'],
  ['', ''],
])('%s → %s', (line, expected) => expect(withDashes(line.split(' '), [spec])).toEqual(expected.split(' ')));
