import { type Ledger, type LedgerEntry, resource } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';

const entry = (topology: string, value = '1'): LedgerEntry => ({
  topology,
  source: { name: topology, nodes: { web: {} } },
  base: '/srv',
  replaced: [],
  resources: [
    resource('sysctl', { host: 'local', node: 'web' }, 'net.ipv4.ip_forward', { name: 'net.ipv4.ip_forward', value }),
  ],
});

/** What every Ledger holds to. */
export function ledgerSuite(make: () => Ledger | Promise<Ledger>): void {
  describe('a ledger', () => {
    test('keeps the last entry of each topology', async () => {
      const ledger = await make();
      await ledger.write(entry('shop', '0'));
      await ledger.write(entry('shop'));
      await ledger.write(entry('lab', '0'));
      expect(await ledger.read('shop')).toEqual(entry('shop'));
      expect(await ledger.read('lab')).toEqual(entry('lab', '0'));
      expect([...(await ledger.topologies())].sort()).toEqual(['lab', 'shop']);
    });

    test('knows nothing of what was never written', async () => {
      const ledger = await make();
      expect(await ledger.read('shop')).toBeUndefined();
      expect(await ledger.topologies()).toEqual([]);
    });

    test('forgets what is removed, and minds no missing one', async () => {
      const ledger = await make();
      await ledger.write(entry('shop'));
      await ledger.remove('shop');
      await ledger.remove('shop');
      expect(await ledger.read('shop')).toBeUndefined();
      expect(await ledger.topologies()).toEqual([]);
    });
  });
}
