import { expect, test } from 'vitest';
import { commands } from '../commands/index.js';
import { plain } from '../output/paint.js';
import { commandReference } from '../reference.js';
import { commandHelp, overview } from './help.js';

test('the overview has every command with its summary, and examples', () => {
  const said = overview(commands, plain);
  for (const { name, summary } of commands)
    expect(said).toMatch(new RegExp(`^  ${name} +${summary.replaceAll(/[.*+?()[\]]/g, '\\$&')}$`, 'm'));
  expect(said).toContain('Examples');
});

test('help and reference name every option and example of a command', () => {
  const reference = commandReference();
  for (const spec of commands) {
    const said = commandHelp(spec, plain);
    for (const option of Object.keys(spec.options)) expect(said, spec.name).toContain(`--${option}`);
    for (const { line } of spec.examples)
      for (const text of [said, reference])
        expect(text).toContain(line.replaceAll('|', text === reference ? '\\|' : '|'));
    expect(reference).toContain(`### ${spec.name}\n`);
  }
});
