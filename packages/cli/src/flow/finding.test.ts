import { expect, test } from 'vitest';
import { findingOf } from './finding.js';
import type { Probed } from './probe.js';
import { parseTrace } from './trace.js';

const FLOW = { from: 'web', to: 'db', family: 4, address: '10.0.0.2', port: 80, protocol: 'tcp' } as const;
const STEPS = parseTrace(
  'trace id 1 inet f fw packet: iif "a" oif "b" ip daddr 10.0.0.2 \ntrace id 1 inet f fw policy accept ',
);
const DROP = parseTrace('trace id 1 inet f fw policy drop ');

test.each<[string, Probed, string, RegExp]>([
  ['an answer', { answer: 'answered', steps: STEPS }, 'passes', /it is answered/],
  ['nobody listens', { answer: 'refused', steps: STEPS }, 'passes', /nobody listens there/],
  ['a rule that drops', { answer: 'silent', steps: [...STEPS, ...DROP] }, 'dropped', /nothing comes back/],
  ['a rule that refuses', { answer: 'refused', steps: DROP }, 'dropped', /it is refused/],
  ['silence after the last rule', { answer: 'silent', steps: STEPS }, 'unknown', /it left by b: what is behind/],
  ['a way past all tables', { answer: 'silent', steps: [] }, 'unknown', /no packet of it came by this host/],
  ['no route', { answer: 'unreachable', steps: [] }, 'unknown', /not reached/],
])('%s', (_, probed, result, detail) => {
  const finding = findingOf(FLOW, probed, []);
  expect(finding.result).toBe(result);
  expect(finding.detail).toMatch(detail);
});

test.each([
  ['p2', 'dropped', /neighbours do not find each other/],
  ['p3', 'unknown', /no packet of it came by/],
  [undefined, 'unknown', /no packet of it came by/],
])('who asks for the address and is not let out by %s', (port, result, detail) => {
  const asked = (device: string, verdict: string) =>
    `trace id 1 bridge t fw packet: iif "p1" oif "${device}" arp operation request \ntrace id 1 bridge t fw policy ${verdict} `;
  const steps = parseTrace([asked('p2', 'drop'), asked('p3', 'accept')].join('\n'));
  const finding = findingOf(FLOW, { answer: 'silent', steps }, [], port);
  expect(finding.result).toBe(result);
  expect(finding.detail).toMatch(detail);
});

test('what cannot be seen is told', () =>
  expect(findingOf(FLOW, { answer: 'silent', steps: STEPS }, ['filter']).detail).toMatch(
    /iptables-legacy .*\(filter\)/,
  ));
