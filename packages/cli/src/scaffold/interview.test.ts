import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { nameField, nodesField } from './fields.js';
import { interview } from './interview.js';

async function asked(typed: string) {
  const input = new PassThrough();
  const output = new PassThrough();
  const said = text(output);
  input.end(typed);
  const answers = interview(async (ask) => ({ name: await ask(nameField, 'lab'), nodes: await ask(nodesField, '2') }), {
    input,
    output,
  }).finally(() => output.end());
  return { answers: await answers.catch((error: unknown) => error), said: await said };
}

test('lines that are typed ahead are answers, one after the other', async () => {
  const { answers, said } = await asked('shop\nweb,db\n');
  expect(answers).toEqual({ name: 'shop', nodes: ['web', 'db'] });
  expect(said).toContain('Name of the topology [lab]: Nodes: how many, or their names [2]: ');
});

test('no answer is what stands in brackets', async () =>
  expect((await asked('\n\n')).answers).toEqual({ name: 'lab', nodes: ['node1', 'node2'] }));

test('what cannot be is asked for again', async () => {
  const { answers, said } = await asked('my shop\nshop\n1\n');
  expect(answers).toEqual({ name: 'shop', nodes: ['node1'] });
  expect(said.match(/Name of the topology/g)).toHaveLength(2);
  expect(said).toContain('  Give letters, digits');
});

test('the end of the input is no answer', async () =>
  expect((await asked('shop\n')).answers).toMatchObject({ code: 'PW_NOT_ANSWERED', exit: 130 }));
