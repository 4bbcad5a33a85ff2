import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { addresses, ifindex, inShort } from './support.js';

/** One end of a cable is the host's NIC, the other end is the wire. */
const NIC = 'ip link add nic0 type veth peer name wire; ip link set nic0 up; ip link set wire up';

const lan = (options = '', more = ''): string => `
name: t
networks: { lan: { kind: macvlan, parent: nic0, subnet: 10.0.0.0/24${options} } }
nodes:
  a: { networks: { lan: { address: 10.0.0.2/24 } } }
  b: { networks: { lan: { address: 10.0.0.3/24 } } }
${more}`;

/** Up, as `body` has it, nothing left to do, and down without a trace: the NIC is as it was. */
const onNic = (topology: string, body: (host: Sandbox) => Promise<void>) =>
  onSandbox(async (host) => {
    await host.sh(NIC);
    await host.write('pipewright.yaml', topology);
    const before = await host.snapshot();
    await host.pipewright('up', '--yes');
    expect(await host.plan()).toEqual([]);
    await body(host);
    expect(await host.plan()).toEqual([]);
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  });

/** Whether a packet comes back; `from` undefined is the host. */
const reaches = async (host: Sandbox, from: string | undefined, to: string): Promise<boolean> => {
  const where = from === undefined ? {} : { namespace: await host.namespaceOf(from) };
  return (await host.run(['ping', '-n', '-c', '1', '-W', '1', to], where)).code === 0;
};

const mode = async (host: Sandbox): Promise<string | undefined> =>
  /macvlan mode (\S+)/.exec(await host.sh('ip -d link show dev eth0', { namespace: await host.namespaceOf('a') }))?.[1];

async function change(host: Sandbox, topology: string): Promise<readonly string[]> {
  await host.write('pipewright.yaml', topology);
  const planned = inShort(await host.plan());
  await host.pipewright('up', '--yes');
  return planned;
}

describe('whom the nics reach', () => {
  test(
    'in mode bridge each other, and not the host',
    onNic(lan(), async (host) => {
      expect(await reaches(host, 'a', '10.0.0.3')).toBe(true);
      await host.sh('ip addr add 10.0.0.1/24 dev nic0');
      expect(await reaches(host, 'a', '10.0.0.1')).toBe(false);
      await host.sh('ip addr del 10.0.0.1/24 dev nic0');
    }),
  );

  test(
    'in mode private nobody but the wire',
    onNic(lan(', mode: private'), async (host) => {
      expect(await reaches(host, 'a', '10.0.0.3')).toBe(false);
      await host.sh('ip addr add 10.0.0.9/24 dev wire');
      expect(await reaches(host, 'a', '10.0.0.9')).toBe(true);
      await host.sh('ip addr del 10.0.0.9/24 dev wire');
    }),
  );

  test(
    'the host too, with a device of its own',
    onNic(lan(', address: 10.0.0.1/24'), async (host) => {
      expect(await reaches(host, 'a', '10.0.0.1')).toBe(true);
      expect(await reaches(host, undefined, '10.0.0.3')).toBe(true);
      expect(await addresses(host, undefined, 'nic0')).toEqual([]);
    }),
  );

  for (const [options, ...six] of [
    [', host-access: true'],
    [", address: [10.0.0.200/24, 'fd00::200/64']", 'fd00::2', 'fd00::3'],
  ] as const)
    test(
      `the host too, where the NIC has an address of the same subnet (${options.slice(2)})`,
      onSandbox(async (host) => {
        await host.sh(`${NIC}; ip addr add 10.0.0.1/24 dev nic0; ip addr add fd00::1/64 dev nic0 nodad`);
        const both = ["'10.0.0.2/24', 'fd00::2/64'", "'10.0.0.3/24', 'fd00::3/64'"] as const;
        const file = lan(options).replace('10.0.0.2/24', `[${both[0]}]`).replace('10.0.0.3/24', `[${both[1]}]`);
        await host.write('pipewright.yaml', file);
        const before = await host.snapshot();
        await host.pipewright('up', '--yes');
        expect(await host.plan()).toEqual([]);
        for (const to of ['10.0.0.2', '10.0.0.3', ...six]) expect(await reaches(host, undefined, to)).toBe(true);
        for (const to of ['10.0.0.1', '10.0.0.3']) expect(await reaches(host, 'a', to)).toBe(true);
        await host.write('pipewright.yaml', file.replaceAll('10.0.0.3/24', '10.0.0.33/24'));
        await host.pipewright('up', '--yes');
        expect(await reaches(host, undefined, '10.0.0.33')).toBe(true);
        await host.pipewright('down', '--yes');
        expect(await host.snapshot()).toEqual(before);
      }),
    );
});

for (const each of ['vepa', 'passthru', 'source'])
  test(
    `mode ${each} is what the kernel says`,
    onNic(lan(`, mode: ${each}`).replace(/ {2}b:.*\n/, ''), async (host) => expect(await mode(host)).toBe(each)),
  );

describe('a change', () => {
  test(
    'of the mode is made in place, and what is on the nics stays',
    onNic(lan(), async (host) => {
      await host.sh('ip addr add 10.0.0.9/24 dev wire');
      await host.sh('ip addr add 10.0.0.22/24 dev eth0', { namespace: await host.namespaceOf('a') });
      const number = await ifindex(host, 'a', 'eth0');
      const pinging = host.output(['ping', '-n', '-i', '0.2', '-c', '15', '10.0.0.9'], {
        namespace: await host.namespaceOf('b'),
      });
      expect(await change(host, lan(', mode: private'))).toEqual(['update a/eth0', 'update b/eth0']);
      expect(await mode(host)).toBe('private');
      expect(await reaches(host, 'a', '10.0.0.3')).toBe(false);
      expect(await change(host, lan(', mode: vepa'))).toEqual(['update a/eth0', 'update b/eth0']);
      expect(await mode(host)).toBe('vepa');
      expect(await pinging).toContain(' 0% packet loss');
      expect(await ifindex(host, 'a', 'eth0')).toBe(number);
      expect(await addresses(host, 'a', 'eth0')).toEqual(['10.0.0.2/24', '10.0.0.22/24']);
      await host.sh('ip addr del 10.0.0.9/24 dev wire');
    }),
  );

  test(
    'to passthru, which no living nic goes to or leaves, makes it anew',
    onNic(lan().replace(/ {2}b:.*\n/, ''), async (host) => {
      expect(await change(host, lan(', mode: passthru').replace(/ {2}b:.*\n/, ''))).toContain('replace a/eth0');
      expect(await mode(host)).toBe('passthru');
      expect(await addresses(host, 'a', 'eth0')).toEqual(['10.0.0.2/24']);
    }),
  );

  test(
    'of the parent makes them anew',
    onNic(lan(), async (host) => {
      await host.sh('ip link add nic1 type veth peer name wire1; ip link set nic1 up; ip link set wire1 up');
      expect(await change(host, lan().replace('nic0', 'nic1'))).toContain('replace a/eth0');
      expect(await host.plan()).toEqual([]);
      expect(await reaches(host, 'a', '10.0.0.3')).toBe(true);
      await change(host, lan());
      await host.sh('ip link del nic1');
    }),
  );

  test(
    'of a MAC address is made in place',
    onNic(lan(), async (host) => {
      const number = await ifindex(host, 'a', 'eth0');
      const planned = await change(host, lan().replace('10.0.0.2/24', '10.0.0.2/24, mac: "02:00:00:00:00:42"'));
      expect(planned).toEqual(['update a/eth0']);
      expect(await ifindex(host, 'a', 'eth0')).toBe(number);
      expect(await host.sh('ip link show dev eth0', { namespace: await host.namespaceOf('a') })).toContain(
        '02:00:00:00:00:42',
      );
      expect(await reaches(host, 'b', '10.0.0.2')).toBe(true);
    }),
  );

  test(
    'that fails leaves the nics as they were',
    onNic(lan(), async (host) => {
      const before = await host.snapshot();
      await host.write('pipewright.yaml', lan(', mode: private', '  z: { commands: ["false"] }'));
      expect(await host.tryPipewright('up', '--yes')).toMatchObject({ code: 1 });
      expect(await mode(host)).toBe('bridge');
      expect(await host.snapshot()).toEqual(before);
      await host.write('pipewright.yaml', lan());
    }),
  );
});

test(
  "by iproute2's programs, too",
  onSandbox(async (host) => {
    await host.sh(NIC);
    await host.write('pipewright.yaml', lan(', host-access: true'));
    const before = await host.snapshot();
    const byPrograms = { env: { PIPEWRIGHT_EXECUTOR: 'shell' } };
    const run = (...words: readonly string[]) => host.run([...host.cli, ...words], byPrograms);
    expect(await run('up', '--yes')).toMatchObject({ code: 0 });
    expect(await reaches(host, 'a', '10.0.0.3')).toBe(true);
    expect(await run('plan', '--check')).toMatchObject({ code: 0 });
    expect(await host.plan()).toEqual([]);
    const number = await ifindex(host, 'a', 'eth0');
    await host.write('pipewright.yaml', lan(', mode: private'));
    expect(await run('up', '--yes')).toMatchObject({ code: 0 });
    expect([await mode(host), await ifindex(host, 'a', 'eth0')]).toEqual(['private', number]);
    expect(await run('down', '--yes')).toMatchObject({ code: 0 });
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'who wants a whole device that others are on is told so, and so is who comes too late',
  onSandbox(async (host) => {
    await host.sh(NIC);
    const whole = (name: string, more: string) =>
      `name: ${name}\nnetworks: { lan: { kind: macvlan, parent: nic0${more} } }\nnodes: { z: { networks: [lan] } }\n`;
    await host.write('shared.yaml', whole('shared', ''));
    await host.write('whole.yaml', whole('whole', ', mode: passthru'));
    const before = await host.snapshot();
    for (const [first, second, says] of [
      [
        'shared',
        'whole',
        /Invalid argument: in mode passthru it has all of nic0, and something is made on that already/,
      ],
      ['whole', 'shared', /Invalid argument: maybe something in mode passthru has all of nic0/],
    ] as const) {
      await host.pipewright('up', '-f', `${first}.yaml`, '--yes');
      const during = await host.snapshot();
      const { code, stderr } = await host.tryPipewright('up', '-f', `${second}.yaml`, '--yes');
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(says) as string });
      expect(await host.snapshot()).toEqual(during);
      await host.pipewright('down', first, '--yes');
      expect(await host.snapshot()).toEqual(before);
    }
  }),
);

test(
  'a first up that fails leaves no trace',
  onSandbox(async (host) => {
    await host.sh(NIC);
    await host.write('pipewright.yaml', lan(', host-access: true', '  z: { networks: [lan], commands: ["false"] }'));
    const before = await host.snapshot();
    expect(await host.tryPipewright('up', '--yes')).toMatchObject({ code: 1 });
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'a port of a bridge is no parent, and nothing is touched',
  onSandbox(async (host) => {
    await host.sh(`${NIC}; ip link add br0 type bridge; ip link set nic0 master br0`);
    await host.write('pipewright.yaml', lan());
    const before = await host.snapshot();
    expect(await host.tryPipewright('up', '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it is a port of "br0"') as string,
    });
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'in namespaces without names two nics on two NICs are not each other, whatever their numbers are',
  onSandbox(async (host) => {
    for (const number of ['2', '3'])
      await host.sh(
        `ip link add nic${number} index ${number} type veth peer name wire${number} index 1${number}; ip link set nic${number} up`,
      );
    const [a, b] = (
      await host.sh(`for it in a b; do
  unshare --net sleep 1000 > /dev/null 2>&1 &
  echo $!
  until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
done`)
    ).split('\n');
    const write = (lans: string) =>
      host.write(
        'pipewright.yaml',
        `name: t
networks: { two: { kind: macvlan, parent: nic2 }, three: { kind: macvlan, parent: nic3 } }
nodes:
  a: { kind: pid, pid: ${String(a)}, networks: [three] }
  b: { kind: pid, pid: ${String(b)}, networks: [${lans}] }
`,
      );
    await write('three');
    await host.pipewright('up', '--yes');
    // One is made as number 2, on number 3; this one as number 3, on number 2.
    await write('three, two');
    await host.pipewright('up', '--yes');
    expect(await host.plan()).toEqual([]);
    await host.sh(`kill ${String(a)} ${String(b)}`);
  }),
);

test(
  'a parent that is missing is named, with those that are there',
  onSandbox(async (host) => {
    await host.sh(NIC);
    await host.write('pipewright.yaml', lan().replace('nic0', 'nic7'));
    expect(await host.tryPipewright('up', '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/"nic7"[^]*nic0/) as string,
    });
  }),
);

test(
  'a nic is attached to a device of the host, and goes again without a trace',
  onSandbox(async (host) => {
    await host.sh(
      `${NIC}; ip netns add red; ip netns add blue; ip link set dev nic0 mtu 1400; ip link set dev wire mtu 1400`,
    );
    const before = await host.snapshot();
    const asked = ['attach', 'red', '--network', 'nic0', '--address', '10.0.0.2/24'];
    await host.pipewright(...asked);
    await host.pipewright('attach', 'blue', '--network', 'nic0', '--address', '10.0.0.3/24');
    await host.sh('ping -n -c 1 -w 10 10.0.0.3', { namespace: 'red' });
    expect(await host.sh('ip link show dev eth1', { namespace: 'red' })).toContain('mtu 1400');
    expect((await host.pipewright(...asked, '--json')).json()).toMatchObject({ applied: false, changes: [] });
    await host.pipewright('detach', 'red');
    await host.pipewright('detach', 'blue');
    expect(await host.snapshot()).toEqual(before);
  }),
);
