import { expect, test } from 'vitest';
import { parseBody } from './body.js';

test.each([
  ['an object', '{"Id":"x"}\n', 'application/json', { Id: 'x' }],
  ['over several lines', '{\n"Id": "x"\n}', 'application/json; charset=utf-8', { Id: 'x' }],
  ['of a type made of JSON', '{"detail":"x"}', 'application/problem+json', { detail: 'x' }],
  ['a line a value', '{"status":"a"}\r\n{"status":"b"}\r\n', 'application/json', [{ status: 'a' }, { status: 'b' }]],
  ['text that looks like it', '{"Id":"x"}', 'text/plain', '{"Id":"x"}'],
  ['without a type', 'OK', undefined, 'OK'],
  ['a line a value, without a type', '{"status":"a"}\n{"error":"b"}\n', undefined, [{ status: 'a' }, { error: 'b' }]],
  ['no JSON, without a type', '{ text }', undefined, '{ text }'],
  ['nothing, whatever its type', '', 'application/json', ''],
])('%s', (_, text, type, body) => expect(parseBody(text, type)).toEqual(body));

test.each([
  ['torn', '{"Id":'],
  ['torn on its second line', '{"status":"a"}\n{"sta'],
  ['a page', '<html>\n</html>'],
])('%s, but said to be JSON: thrown', (_, text) => expect(() => parseBody(text, 'application/json')).toThrow('JSON'));
