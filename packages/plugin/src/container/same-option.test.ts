import { expect, test } from 'vitest';
import { isSameOption } from './same-option.js';

const tcp = (...ports: readonly number[]) => ports.map((it) => ({ ports: [it, it], protocol: 'tcp' }));
const udp = (...ports: readonly number[]) => ports.map((it) => ({ protocol: 'udp', ports: [it, it] }));
const udpTurned = (...ports: readonly number[]) => ports.map((it) => ({ ports: [it, it], protocol: 'udp' }));

test.each([
  ['mounts', ['/a:/a', '/b:/b:ro'], ['/b:/b:ro', '/a:/a']],
  ['ports', tcp(80, 81), tcp(81, 80)],
  ['expose', udp(53, 54), udpTurned(54, 53)],
  ['devices', ['/dev/null', '/dev/zero'], ['/dev/zero', '/dev/null']],
  ['group-add', ['1', '2'], ['2', '1']],
  ['hosts', ['x:10.0.0.1', 'y:10.0.0.2', 'x:10.0.0.3'], ['y:10.0.0.2', 'x:10.0.0.1', 'x:10.0.0.3']],
  ['stop-signal', 'SIGINT', 'INT'],
])('%s: %j is %j', (option, one, other) => expect(isSameOption(option, one, other)).toBe(true));

test.each([
  ['mounts', ['/a:/a'], ['/a:/a', '/b:/b']],
  ['ports', tcp(80), null],
  ['command', ['a', 'b'], ['b', 'a']],
  ['dns', ['10.0.0.1', '10.0.0.2'], ['10.0.0.2', '10.0.0.1']],
  ['hosts', ['x:10.0.0.1', 'x:10.0.0.3'], ['x:10.0.0.3', 'x:10.0.0.1']],
  ['stop-signal', 'SIGINT', 'SIGTERM'],
])('%s: %j is not %j', (option, one, other) => expect(isSameOption(option, one, other)).toBe(false));
