import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import type { TestContext } from 'vitest';
import { Sandbox, whyNoSandbox } from './sandbox.js';
import { pathOf } from './tools.js';

const SSHD = '/usr/sbin/sshd';

/** Why there can be no hosts that ssh reaches; undefined where there can. */
export const whyNoFarHosts = (): string | undefined =>
  whyNoSandbox() ??
  (existsSync(SSHD) ? undefined : 'needs sshd (openssh-server)') ??
  (pathOf('ssh') === undefined ? 'needs ssh (openssh-client)' : undefined);

/** A home of its own for root, so that neither a shell nor ssh there reads the machine's; with keys made for the test. */
const HOME = `
mkdir -p /mnt/home/.ssh /run/sshd
sed -i 's,^root:.*,root:x:0:0:root:/mnt/home:/bin/sh,' /etc/passwd
sed -i 's,^hosts:.*,hosts: files,' /etc/nsswitch.conf
echo guest:x:4242:4242::/:/bin/sh >> /etc/passwd
rm -rf /etc/ssh
mkdir /etc/ssh
`;

const KEYS = `${HOME}
cd /mnt/home/.ssh
ssh-keygen -qt ed25519 -N '' -f id_ed25519
`;

/** All of the machine that sshd needs is in files that the sandbox has for itself. Its first choice of keys takes thrice the CPU. */
const sshdConfig = (address: string): string => `
ListenAddress ${address}
HostKey /etc/ssh/host_key
AuthorizedKeysFile /etc/ssh/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowUsers root guest
PidFile none
KexAlgorithms curve25519-sha256
`;

/** Runs sshd in a sandbox; root of `client`, which may be the same one, may log in, and knows its key by `names`. */
export async function startSshd(
  host: Sandbox,
  address: string,
  client: { readonly sandbox: Sandbox; readonly publicKey: string; readonly names: readonly string[] },
): Promise<void> {
  await host.write('/etc/ssh/sshd_config', sshdConfig(address));
  await host.write('/etc/ssh/authorized_keys', client.publicKey);
  await host.sh(`ssh-keygen -qt ed25519 -N '' -f /etc/ssh/host_key`);
  host.spawn([SSHD, '-D', '-f', '/etc/ssh/sshd_config']);
  const key = await host.read('/etc/ssh/host_key.pub');
  const known = client.names.map((name) => `${name} ${key}`).join('');
  await client.sandbox.sh('cat >> /etc/ssh/ssh_known_hosts', { input: known });
  for (
    let waited = 0;
    (await host.run(['sh', '-c', `ss -Hltn src ${address} | grep -q :22`])).code !== 0;
    waited += 20
  ) {
    if (waited > 10_000) throw new Error('sshd does not listen');
    await sleep(20);
  }
}

/** Gives root of a sandbox a home and a key; returns the public one. */
export async function makeKeys(host: Sandbox): Promise<string> {
  await host.sh(KEYS);
  return host.read('/mnt/home/.ssh/id_ed25519.pub');
}

/** Machines that ssh reaches by their names, `h1`, `h2`, …, on a network with the one that the test works on. */
export interface FarHosts {
  readonly here: Sandbox;
  readonly far: readonly Sandbox[];
}

const addressOf = (number: number): string => `198.51.100.${number}`;

async function startFarHosts(here: Sandbox, far: readonly Sandbox[]): Promise<void> {
  const publicKey = await makeKeys(here);
  await here.sh(`
    ip link add name underlay type bridge
    ip addr add ${addressOf(254)}/24 dev underlay
    ip link set dev underlay up`);
  await Promise.all(
    far.map(async (host, index) => {
      const [name, address] = [`h${index + 1}`, addressOf(index + 1)];
      await host.sh(`${HOME}
        hostname_id=$(printf %032x ${index + 1})
        echo "$hostname_id" > /etc/machine-id`);
      await joinUnderlay(here, host, `${name}-uplink`);
      await host.sh(`ip addr add ${address}/24 dev uplink; ip link set dev uplink up`);
      await here.sh(`echo ${address} ${name} >> /etc/hosts`);
      await startSshd(host, address, { sandbox: here, publicKey, names: [name, address] });
    }),
  );
}

/** A cable from the bridge to another sandbox: made from outside of both, between their namespaces. */
async function joinUnderlay(here: Sandbox, host: Sandbox, port: string): Promise<void> {
  const far = ['peer', 'name', 'uplink', 'netns', String(host.pid)];
  const words = ['link', 'add', 'name', port, 'type', 'veth', ...far];
  await execa(pathOf('nsenter') ?? 'nsenter', [`--net=/proc/${here.pid}/ns/net`, 'ip', ...words]);
  await here.sh(`ip link set dev ${port} master underlay up`);
}

/** A test that has a sandbox, and others that it reaches by ssh, for itself. */
export const onHosts =
  (count: number, body: (hosts: FarHosts) => Promise<void>) =>
  async (context: TestContext): Promise<void> => {
    const reason = whyNoFarHosts();
    if (reason !== undefined) context.skip(reason);
    const here = await Sandbox.start();
    context.onTestFinished(() => here.stop());
    const far = await Promise.all(Array.from({ length: count }, () => Sandbox.start()));
    context.onTestFinished(async () => {
      await Promise.all(far.map((it) => it.stop()));
    });
    await startFarHosts(here, far);
    await body({ here, far });
  };
