import { exec, type Journal, type Stage, type TransactionStart } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';

const on = { host: 'local' };

const start = (topology: string): TransactionStart => ({
  topology,
  command: 'up',
  origin: { source: { name: topology }, base: '/srv' },
  request: { topology, nodes: [], wanted: [], applied: [] },
  before: [{ type: 'thing', key: 'thing:local//ö', id: 'ö', on, attrs: { name: 'ö', list: [1, null] } }],
});

const stage = (name: string): Stage => ({
  batches: [
    {
      on,
      ops: [
        {
          changes: [{ action: 'create', type: 'thing', key: `thing:local//${name}`, id: name, on, fields: [] }],
          forward: [],
          inverse: [exec(on, 'unmake', name)],
        },
      ],
    },
  ],
});

/** What every Journal holds to. */
export function journalSuite(make: () => Journal | Promise<Journal>): void {
  describe('a journal', () => {
    test('knows nothing where nothing was begun', async () => {
      expect(await (await make()).unfinished()).toEqual([]);
    });

    test('gives back what was begun, and its stages in order', async () => {
      const journal = await make();
      const transaction = await journal.begin(start('shop'), () => []);
      await transaction.intend(stage('a'));
      await transaction.intend(stage('b'));
      await transaction.close();
      const [it, ...others] = await journal.unfinished();
      expect(it).toMatchObject({ ...start('shop'), committed: false, where: 'here', damaged: false });
      expect(it?.stages).toEqual([stage('a'), stage('b')]);
      expect(others).toEqual([]);
    });

    test('knows what was committed', async () => {
      const journal = await make();
      const transaction = await journal.begin(start('shop'), () => []);
      await transaction.intend(stage('a'));
      await transaction.commit();
      await transaction.close();
      expect(await journal.unfinished()).toMatchObject([{ committed: true, stages: [stage('a')] }]);
    });

    test('forgets what is finished', async () => {
      const journal = await make();
      const transaction = await journal.begin(start('shop'), () => []);
      await transaction.commit();
      await transaction.forget();
      expect(await journal.unfinished()).toEqual([]);
    });

    test('forgets what somebody else finished, and nothing else', async () => {
      const journal = await make();
      for (const name of ['shop', 'lab']) await (await journal.begin(start(name), () => [])).close();
      const [latest] = await journal.unfinished();
      expect(latest).toMatchObject({ topology: 'lab' });
      if (latest) await journal.forget(latest);
      if (latest) await journal.forget(latest);
      expect(await journal.unfinished()).toMatchObject([{ topology: 'shop' }]);
    });
  });
}
