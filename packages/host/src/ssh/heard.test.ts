import { expect, test } from 'vitest';
import { Heard } from './heard.js';

test('the end is that of all that was said, in whatever pieces', () => {
  const said = Array.from({ length: 500 }, (_, index) => `line ${index}\n`).join('');
  for (const size of [1, 7, 63, 64, 65, 1000, said.length]) {
    const heard = new Heard();
    for (let at = 0; at < said.length; at += size) heard.add(said.slice(at, at + size));
    expect([heard.text, heard.end]).toEqual([said, said.slice(-64)]);
  }
});

test('what is forgotten is said no more', () => {
  const heard = new Heard();
  heard.add('before');
  heard.forget();
  heard.add('now');
  expect([heard.text, heard.end]).toEqual(['now', 'now']);
});
