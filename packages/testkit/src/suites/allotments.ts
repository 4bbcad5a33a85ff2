import type { Allotments, Allotted } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';

const web = (...addresses: readonly string[]): Allotted => new Map([['web/eth0', addresses]]);

/** What every Allotments holds to. */
export function allotmentsSuite(make: () => Allotments | Promise<Allotments>): void {
  describe('allotments', () => {
    test('are kept as they were written last, each topology its own', async () => {
      const allotments = await make();
      await allotments.write('shop', new Map([...web('10.0.0.2/24'), ['gone/eth0', ['10.0.0.3/24']]]));
      await allotments.write('shop', web('10.0.0.4/24', 'fd00::4/64'));
      await allotments.write('lab', web('10.9.0.2/24'));
      expect(await allotments.read('shop')).toEqual(web('10.0.0.4/24', 'fd00::4/64'));
      expect(await allotments.read('lab')).toEqual(web('10.9.0.2/24'));
    });

    test('are none where none were written', async () => {
      const allotments = await make();
      await allotments.write('shop', web('10.0.0.2/24'));
      await allotments.write('shop', new Map());
      expect(await allotments.read('shop')).toEqual(new Map());
      expect(await allotments.read('lab')).toEqual(new Map());
    });

    test('are forgotten when removed, and missing ones are no failure', async () => {
      const allotments = await make();
      await allotments.write('shop', web('10.0.0.2/24'));
      await allotments.remove('shop');
      await allotments.remove('shop');
      expect(await allotments.read('shop')).toEqual(new Map());
    });
  });
}
