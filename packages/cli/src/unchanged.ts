import { current, recordOf } from '@pipewright/host';
import { overhearOutput } from './output/channel.js';
import { inputsOf, keepRecord } from './start/again.js';

type Said = Parameters<typeof recordOf>[2][number];

const said: Said[] = [];
if (current) overhearOutput((to, text) => said.push({ to, text }));

/** Nothing had to be done: what was asked for that is kept, so that the next `up` need only ask again. */
export function keepUnchanged(): void {
  try {
    const inputs = inputsOf(process.argv.slice(2), `${__dirname}/pipewright.cjs`);
    const record = current && recordOf(current, inputs, said);
    if (record) keepRecord(inputs, record);
  } catch {
    // The next one looks as this one did.
  }
}
