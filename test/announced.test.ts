import { onSandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';

/** A frame that was sent arrives when the kernel gets to it. */
const SOON = { timeout: 10_000, interval: 20 };

test(
  'who remembers an address at another MAC address hears where it is now',
  onSandbox(async (host) => {
    await host.sh('ip netns add web; ip netns add peer');
    const attach = (guest: string, ...more: readonly string[]) =>
      host.pipewright('attach', guest, '--network', 'br1', '--nic', 'eth1', ...more);
    const addresses = ['--address', '10.0.0.2/24', '--address', 'fd00::2/64'];
    const known = async (): Promise<string> => host.sh('ip neigh show dev eth1', { namespace: 'peer' });

    await attach('peer', '--address', '10.0.0.3/24', '--address', 'fd00::3/64');
    await attach('web', ...addresses, '--mac', '02:00:00:00:00:07');
    for (const to of ['10.0.0.2', 'fd00::2']) await host.sh(`ping -n -c 1 -w 50 ${to}`, { namespace: 'peer' });
    expect(await known()).toMatch(/10\.0\.0\.2 lladdr 02:00:00:00:00:07/);

    await host.pipewright('detach', 'web');
    await attach('web', ...addresses, '--mac', '02:00:00:00:00:08');
    await expect.poll(known, SOON).toMatch(/10\.0\.0\.2 lladdr 02:00:00:00:00:08/);
    await expect.poll(known, SOON).toMatch(/fd00::2 lladdr 02:00:00:00:00:08/);
  }),
);
