import { expect, test } from 'vitest';
import { renamedHost } from './renamed-host.js';

test('places, keys and pointers are those of the other host; words that look like one are not', () => {
  const value = {
    on: { host: 'h1', node: 'h1' },
    key: 'device:h1/h1/eth0',
    from: 'device:h1//eth9',
    fields: ['h1', 'host'],
    attrs: {
      name: 'h1',
      master: { ref: 'file-block:h1//etc' },
      lines: ['device:h1//x'],
      peer: [{ ref: 'device:h11//x' }],
      below: { ref: ['device:h1//x', { ref: 'device:h1//y' }] },
    },
  };
  expect(renamedHost(value, 'h1', 'local')).toEqual({
    on: { host: 'local', node: 'h1' },
    key: 'device:local/h1/eth0',
    from: 'device:local//eth9',
    fields: ['h1', 'host'],
    attrs: {
      name: 'h1',
      master: { ref: 'file-block:local//etc' },
      lines: ['device:h1//x'],
      peer: [{ ref: 'device:h11//x' }],
      below: { ref: ['device:local//x', { ref: 'device:local//y' }] },
    },
  });
  expect(renamedHost(renamedHost(value, 'h1', 'local'), 'local', 'h1')).toEqual(value);
});
