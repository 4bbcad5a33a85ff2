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

/** To all, from b, a question of ARP. */
const QUESTION = 'f{12}[0-9a-f]{12}0806';

/** Reads frames from the character device of the nic, as a virtual machine would, until the question is among them. */
const READ = `
mount -t sysfs none /sys
tap=$(ls -d /sys/class/net/tap0/tap*)
mknod /mnt/tap c $(tr : ' ' < "$tap/dev")
cat /mnt/tap > /mnt/frames & reading=$!
until od -An -v -tx1 /mnt/frames | tr -d ' \\n' | grep -Eq '${QUESTION}'; do sleep 0.1; done
kill $reading; wait $reading || :
touch /mnt/heard
`;

const ASK =
  'ping -i 0.3 10.0.0.9 > /dev/null & asking=$!; until [ -e heard ]; do sleep 0.1; done; kill $asking; wait || :';

test(
  'a virtual machine reads what comes to its nic on a device of the host; down leaves no trace',
  onSandbox(async (host) => {
    await host.sh('ip link add nic0 type veth peer name wire; ip link set nic0 up; ip link set wire up');
    await host.write('pipewright.yaml', TOPOLOGY);
    const before = await host.snapshot();
    await host.pipewright('up', '--yes');
    expect(await host.plan()).toEqual([]);
    const vm = await host.namespaceOf('vm');
    const reading = host.output(['unshare', '--mount', 'sh', '-euc', READ], { namespace: vm });
    await Promise.all([reading, host.sh(ASK, { namespace: await host.namespaceOf('b') })]);
    await host.write('pipewright.yaml', TOPOLOGY.replace('parent: nic0 }', 'parent: nic0, mode: private }'));
    expect((await host.plan()).map(({ action, id }) => `${action} ${id}`)).toEqual(['update vm/tap0']);
    await host.pipewright('up', '--yes');
    expect(await host.plan()).toEqual([]);
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);
