import { expect, test } from 'vitest';
import { namespacesIn } from './namespaces.js';

// What `stat -L` and `grep -H` print: a name that is no namespace any more, and a process of a container with two hierarchies.
const PRINTED = `4:4026531840 /proc/self/ns/net
4:4026532101 /run/netns/red
26:77 /run/netns/stale
4:4026531840 /proc/1/ns/net
4:4026532200 /proc/12/ns/net
4:4026532101 /proc/9/ns/net
4:4026532200 /proc/2/ns/net
/proc/1/cgroup:0::/init.scope
/proc/2/cgroup:1:name=systemd:/docker/abc
/proc/2/cgroup:0::/docker/abc
`;

test('namespaces of another machine: names and processes of each, without its own and what is none', () => {
  const { all, controlGroupsOf } = namespacesIn(PRINTED);
  expect(all).toEqual([
    { inode: 4026532101, name: 'red', path: '/run/netns/red', pids: [9] },
    { inode: 4026532200, name: null, path: '/proc/2/ns/net', pids: [2, 12] },
  ]);
  expect(controlGroupsOf(2)).toBe('1:name=systemd:/docker/abc\n0::/docker/abc\n');
  expect(controlGroupsOf(12)).toBe('');
  expect(namespacesIn('').all).toEqual([]);
});
