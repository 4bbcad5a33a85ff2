import { expect, test } from 'vitest';
import { whyNoDockerd } from './dockerd.js';

test.each<readonly [string, readonly string[], string | undefined]>([
  ['nothing', [], undefined],
  ['one program', ['busybox'], 'needs busybox: apt-get install busybox-static'],
  [
    'several',
    ['dockerd', 'iptables', 'containerd', 'runc'],
    'needs dockerd, containerd, runc, iptables: apt-get install docker.io containerd runc iptables',
  ],
])('says what to install where %s is missing', (_, missing, words) =>
  expect(whyNoDockerd((program) => !missing.includes(program))).toBe(words),
);
