import { expect, test } from 'vitest';
import { engineSays } from './engine.js';

test.each([
  ['a message', { message: 'No such image: none:1\n' }, 'No such image: none:1'],
  ['a text', 'page not found\n', 'page not found'],
  ['several bits', [{ status: 'Trying to pull' }, { message: 'authentication required' }], 'authentication required'],
  ['nothing', '', 'status 401'],
  ['something else', { cause: 'unknown' }, 'status 401'],
])('what an engine says that answers with %s', (_, body, said) => expect(engineSays({ status: 401, body })).toBe(said));
