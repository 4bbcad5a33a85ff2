import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { beforeAll, expect, test } from 'vitest';
import { bundle } from './bundle.js';

let runner = '';
beforeAll(async () => {
  runner = await bundle('hazard-runner');
});

/** What the kernel's traps do to a process of its own in a sandbox. */
const hazard = (name: string, check: (seen: unknown) => void) =>
  test(
    name,
    onSandbox(async (host: Sandbox) => {
      const { code, stdout, stderr } = await host.run([process.execPath, runner, name]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      check(JSON.parse(stdout));
    }),
  );

hazard('threads', (seen) => {
  const { inside, own, after, thrown } = seen as Record<'inside' | 'own' | 'thrown', string> & { after: string[] };
  expect(inside).not.toBe(own);
  expect(thrown).toContain('SyntaxError');
  expect(after).toEqual([own]);
});

// The control of the test above: it is what it would see.
hazard('a thread started inside', (seen) => expect(seen).toBe(2));

hazard('many failures', (seen) => expect(seen).toEqual({ count: 2000, inOrder: true, errnos: [19] }));

hazard('attribution', (seen) =>
  expect(seen).toEqual({
    name: ['2: File exists'],
    text: [expect.stringMatching(/^2: Nexthop has invalid gateway/)],
    field: [expect.stringMatching(/^0: .*(mtu|MTU)/)],
    kind: [expect.stringMatching(/^0: Unknown device type/)],
    missing: ['0: Cannot find device "nosuch"'],
  }),
);

// One that is not there is no failure, and in nobody's way.
hazard('removed together', (seen) =>
  expect(seen).toEqual([
    [],
    ['b3 77', 'b4 77', 'b5 2147483647', 'b6 default'],
    [],
    ['b5 2147483647', 'b6 default'],
    [],
    [],
  ]),
);

// To open each takes a millisecond: none that no node is in, though cables lead there.
hazard('hundreds of others', (seen) => {
  const peers = ['device:local//to-t-a device:local/a/eth0', 'device:local/a/eth0 device:local//to-t-a'];
  expect(seen).toEqual([
    { held: ['t-a', 't-b'], peers },
    { held: ['t-a'], peers },
  ]);
});

hazard('wrong namespace', (seen) => {
  const { failures, host, node } = seen as { failures: unknown; host: string; node: string };
  expect(failures).toEqual([]);
  expect(host).not.toContain('10.77.0.1');
  expect(node).toContain('10.77.0.1/24');
});

hazard('peer up', (seen) => {
  const { failures, node } = seen as { failures: unknown; node: string };
  expect(failures).toEqual([]);
  expect(node).toContain('UP');
});

// To turn off the queues of the other CPUs the kernel waits for a grace period.
hazard('queues', (seen) => expect(seen).toEqual({ host: [1, 1], node: [1, 1] }));

// Who is told before there is a carrier may hear nothing: it is told again.
hazard('no carrier yet', (seen) => expect(seen).toEqual({ lost: [1], then: [] }));

// It is taken until the kernel has cleaned up, some time after the namespace is gone.
hazard('the MAC address of what dies', (seen) => expect(seen).toEqual([]));

hazard('at once again', (seen) => expect(seen).toEqual([]));

hazard('not a network namespace', (seen) => expect(seen).toEqual([['refused', 'PW_NOT_A_NAMESPACE', 1]]));

// One device, or all three: never a dump of two moments.
hazard('while others work', (seen) => expect([[1], [3], [1, 3]]).toContainEqual(seen));
