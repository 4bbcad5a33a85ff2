import { onSandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';

const TOPOLOGY = `
name: t
networks:
  wire: { kind: macvtap, parent: nic0 }
  lan: { kind: macvlan, parent: nic0, subnet: 10.0.0.0/24 }
nodes:
  vm: { networks: { wire: { name: tap0, mac: "02:00:00:00:00:0a" } } }
  b: { networks: { lan: { address: 10.0.0.3/24 } } }
`;

/** Reads frames from the character device of the nic, as a virtual machine would, and prints them in hexadecimal. */
const READ = `
mount -t sysfs none /sys
tap=$(ls -d /sys/class/net/tap0/tap*)
mknod /mnt/tap c $(tr : ' ' < "$tap/dev")
timeout 3 cat /mnt/tap | od -An -v -tx1 | tr -d ' \\n'
`;

test(
  'a virtual machine reads what comes to its nic on a device of the host; down leaves no trace',
  onSandbox(async (host) => {
    await host.sh('ip link add nic0 type veth peer name wire; ip link set nic0 up; ip link set wire up');
    await host.write('pipewright.yaml', TOPOLOGY);
    const before = await host.snapshot();
    await host.pipewright('up', '--yes');
    expect(await host.plan()).toEqual([]);
    const vm = await host.namespaceOf('vm');
    const frames = host.run(['unshare', '--mount', 'sh', '-euc', READ], { namespace: vm });
    const asking = host.run(['ping', '-c', '5', '-i', '0.3', '10.0.0.9'], { namespace: await host.namespaceOf('b') });
    // To all, from b, a question of ARP.
    expect((await frames).stdout).toMatch(/f{12}[0-9a-f]{12}0806/);
    await asking;
    await host.write('pipewright.yaml', TOPOLOGY.replace('parent: nic0 }', 'parent: nic0, mode: private }'));
    expect((await host.plan()).map(({ action, id }) => `${action} ${id}`)).toEqual(['replace vm/tap0']);
    await host.pipewright('up', '--yes');
    expect(await host.plan()).toEqual([]);
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);
