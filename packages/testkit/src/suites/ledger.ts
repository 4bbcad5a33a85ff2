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
  const write = async (ledger: Ledger, it: LedgerEntry): Promise<void> => {
    await ledger.prepare(it.topology, it);
    await ledger.settle(it.topology);
  };

  describe('a ledger', () => {
    test('keeps the last entry of each topology', async () => {
      const ledger = await make();
      await write(ledger, entry('shop', '0'));
      await write(ledger, entry('shop'));
      await write(ledger, entry('lab', '0'));
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
      await write(ledger, entry('shop'));
      await ledger.prepare('shop', entry('shop', '0'));
      await ledger.remove('shop');
      await ledger.remove('shop');
      await ledger.settle('shop');
      expect(await ledger.read('shop')).toBeUndefined();
      expect(await ledger.topologies()).toEqual([]);
    });

    test('does not tell of what is prepared before it is settled', async () => {
      const ledger = await make();
      await ledger.prepare('shop', entry('shop', '0'));
      expect([await ledger.read('shop'), await ledger.topologies()]).toEqual([undefined, []]);
      await ledger.settle('shop');
      await ledger.prepare('shop', entry('shop', '1'));
      expect(await ledger.read('shop')).toEqual(entry('shop', '0'));
      await ledger.settle('shop');
      expect(await ledger.read('shop')).toEqual(entry('shop', '1'));
    });

    test('prepares that a topology goes, too', async () => {
      const ledger = await make();
      await write(ledger, entry('shop'));
      await ledger.prepare('shop', undefined);
      expect(await ledger.read('shop')).toEqual(entry('shop'));
      expect(await ledger.topologies()).toEqual(['shop']);
      await ledger.settle('shop');
      expect([await ledger.read('shop'), await ledger.topologies()]).toEqual([undefined, []]);
    });

    test('drops what was prepared, and settles it no more', async () => {
      const ledger = await make();
      await write(ledger, entry('shop', '0'));
      for (const next of [entry('shop', '1'), undefined]) {
        await ledger.prepare('shop', next);
        await ledger.discard('shop');
        await ledger.settle('shop');
        expect(await ledger.read('shop')).toEqual(entry('shop', '0'));
      }
    });

    test.each([
      ['an entry, then none', [entry('shop', '1'), undefined], undefined],
      ['none, then an entry', [undefined, entry('shop', '1')], entry('shop', '1')],
    ])('what was prepared last counts: %s', async (_, prepared, settled) => {
      const ledger = await make();
      await write(ledger, entry('shop', '0'));
      for (const it of prepared) await ledger.prepare('shop', it);
      await ledger.settle('shop');
      expect(await ledger.read('shop')).toEqual(settled);
    });

    test('settles and discards once or twice, with the same end', async () => {
      const ledger = await make();
      await ledger.discard('shop');
      await ledger.settle('shop');
      await write(ledger, entry('shop'));
      await ledger.settle('shop');
      expect(await ledger.read('shop')).toEqual(entry('shop'));
      await ledger.prepare('shop', undefined);
      await ledger.settle('shop');
      await ledger.settle('shop');
      await ledger.discard('shop');
      expect(await ledger.topologies()).toEqual([]);
    });
  });
}
