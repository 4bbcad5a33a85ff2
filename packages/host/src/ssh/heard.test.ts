import { expect, test } from 'vitest';
import { Heard } from './heard.js';

test('what is listened for is heard in whatever pieces it comes, and whatever is said after it', () => {
  const said = `${'line\n'.repeat(50)}the end\nmore\n`;
  for (const size of [1, 2, 5, 7, 64, said.length]) {
    const heard = new Heard();
    heard.listenFor('\nthe end\n');
    for (let at = 0; at < said.length; at += size) {
      heard.add(said.slice(at, at + size));
      expect(heard.met).toBe(heard.text.includes('\nthe end\n'));
    }
    expect([heard.met, heard.text]).toEqual([true, said]);
  }
});

test('what is forgotten is said no more, and what was heard before is not what is listened for now', () => {
  const heard = new Heard();
  heard.listenFor('end');
  heard.add('before, end');
  heard.forget();
  heard.listenFor('stop');
  heard.add('now');
  expect([heard.text, heard.met]).toEqual(['now', false]);
});
