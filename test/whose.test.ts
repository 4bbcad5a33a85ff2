import { onDockerd, onSandbox, type Sandbox, TEST_IMAGE } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';

const TOPOLOGY = `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes:
  a: { networks: [{ network: lan, address: 10.0.0.2/24 }] }
  b: { networks: [{ network: lan, address: 10.0.0.3/24 }] }
links: [[{ node: host, nic: x0, address: 10.2.0.1/30 }, { node: b, nic: x1, address: 10.2.0.2/30 }]]
`;

const whose = async (host: Sandbox, device: string): Promise<string> =>
  (await host.pipewright('whose', device)).stdout.trim();

test(
  'both ends that a topology has on the host, in words',
  onSandbox(async (host) => {
    await host.write('pipewright.yaml', TOPOLOGY);
    await host.pipewright('up', '--yes');
    expect(await whose(host, 't-a-eth0')).toBe(
      't-a-eth0 belongs to namespace t-a: its other end is eth0, 10.0.0.2/24 (node a, network lan of topology t)',
    );
    expect(await whose(host, 'x0')).toBe(
      'x0 belongs to namespace t-b: its other end is x1, 10.2.0.2/30 (node b, link host:x0 b:x1 of topology t)',
    );
    const ports = (await whose(host, 't-lan')).split('\n');
    expect(ports[0]).toBe('t-lan is a device of kind bridge with 2 ports (network lan of topology t):');
    expect(ports.slice(3).map((line) => line.split(/ {2,}/).slice(0, 4))).toEqual([
      ['t-a-eth0', 'eth0', 'node a: namespace t-a', '10.0.0.2/24'],
      ['t-b-eth0', 'eth0', 'node b: namespace t-b', '10.0.0.3/24'],
    ]);
  }),
);

/** Other people's devices, all ends of them with the same numbers. */
const FOREIGN = `
for name in red green; do
  ip netns add $name
  ip link add v-$name type veth peer name eth9 netns $name
  ip -n $name address add 10.9.0.1/24 dev eth9
done
ip link add both0 type veth peer name both1
unshare --net sh -c 'echo $$ > process; exec sleep 60' > /dev/null 2>&1 &
until [ -s process ] && ! [ /proc/$(cat process)/ns/net -ef /proc/self/ns/net ]; do sleep 0.01; done
ip link add v-process type veth peer name eth0 netns $(cat process)
`;

describe.each(['netlink', 'shell'])('with %s, without a topology', (executor) => {
  const json = async (host: Sandbox, ...words: readonly string[]): Promise<unknown> => {
    const asked = await host.run([...host.cli, 'whose', ...words, '--json'], {
      env: { PIPEWRIGHT_EXECUTOR: executor },
    });
    expect(asked.stderr).toBe('');
    return asked.json();
  };

  test(
    'devices that others made',
    onSandbox(async (host) => {
      await host.sh(FOREIGN);
      const pid = Number(await host.read('process'));
      expect(await json(host, 'v-green')).toMatchObject({
        device: 'v-green',
        kind: 'veth',
        master: null,
        topology: null,
        peer: {
          namespace: { name: 'green', path: '/run/netns/green', pids: [], container: null, topology: null, node: null },
          nic: 'eth9',
          addresses: ['10.9.0.1/24'],
        },
      });
      expect(await json(host, 'v-process')).toMatchObject({
        peer: { nic: 'eth0', namespace: { name: null, pids: [pid] } },
      });
      expect(await json(host, 'both0')).toMatchObject({ peer: { nic: 'both1', namespace: null } });
      expect(await json(host, 'lo')).toMatchObject({ kind: 'loopback', peer: null, parent: null });
      const { devices } = (await json(host)) as { readonly devices: readonly { readonly device: string }[] };
      expect(devices.map(({ device }) => device).sort()).toEqual(['both0', 'both1', 'v-green', 'v-process', 'v-red']);
    }),
  );

  test(
    'a namespace that nothing but a descriptor holds',
    onSandbox(async (host) => {
      await host.sh(
        `ip netns add gone; ip link add v0 type veth peer name eth0 netns gone
         sh -c 'exec 5< /run/netns/gone; touch held; exec sleep 60' > /dev/null 2>&1 &
         until [ -e held ]; do sleep 0.01; done; ip netns del gone`,
      );
      expect(await json(host, 'v0')).toMatchObject({ device: 'v0', peer: null, parent: null, unseen: 2 });
    }),
  );
});

test(
  'a device by its long name, and one that there is not',
  onSandbox(async (host) => {
    await host.sh(
      'ip link add web0 type veth peer name web1; ip link property add dev web0 altname the-long-name-of-web0',
    );
    expect(await whose(host, 'the-long-name-of-web0')).toBe('web0 belongs to this host: its other end is web1');
    const asked = await host.tryPipewright('whose', 'wbe0');
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean "web0"?') as string });
    expect(asked.stderr).toContain('PW_NO_SUCH_DEVICE');
  }),
);

test(
  'what a container engine made, by the name it has there',
  onDockerd(async (host, engine) => {
    await engine.docker('run', '--detach', '--name', 'web', TEST_IMAGE);
    await engine.docker('run', '--detach', '--name', 'sidecar', '--network', 'container:web', TEST_IMAGE);
    const id = (await engine.docker('inspect', '--format', '{{.Id}}', 'web')).trim();
    const [port] = await host.ip(undefined, 'link', 'show', 'master', 'docker0');
    const device = String(port?.['ifname']);
    const line = (name: string) => `${device} belongs to container ${name}: its other end is eth0, 172.17.0.2/16`;
    expect(await whose(host, device)).toBe(line('web (docker)'));
    expect((await host.pipewright('whose', 'docker0', '--json')).json()).toMatchObject({
      ports: [{ device, peer: { nic: 'eth0', namespace: { container: { engine: 'docker', id, name: 'web' } } } }],
    });
    await host.sh('mv /run/docker.sock /run/away.sock');
    expect(await whose(host, device)).toBe(line(id.slice(0, 12)));
    await host.sh('mv /run/away.sock /run/docker.sock');
  }),
);
