import { expect, test } from 'vitest';
import { widePath } from './wide-path.js';

test.each([
  ['', '/usr/sbin:/usr/bin:/sbin:/bin'],
  ['/usr/bin:/bin', '/usr/bin:/bin:/usr/sbin:/sbin'],
  ['/opt/x:/bin:/sbin:/usr/bin:/usr/sbin', '/opt/x:/bin:/sbin:/usr/bin:/usr/sbin'],
  [':/opt/x:', '/opt/x:/usr/sbin:/usr/bin:/sbin:/bin'],
])('a PATH "%s" becomes %s', (path, wide) => {
  expect(widePath(path)).toBe(wide);
});
