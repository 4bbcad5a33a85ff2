import { z } from '@pipewright/plugin';

export const options = z.object({
  timeout: z
    .int({ error: 'seconds, from 1 to 600' })
    .min(1)
    .max(600)
    .default(10)
    .describe('Seconds that it may take until there is a first address.'),
});

export type SlaacOptions = z.output<typeof options>;
