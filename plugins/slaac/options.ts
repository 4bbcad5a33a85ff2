import { seconds, z } from '@pipewright/plugin';

export const options = z.object({
  timeout: seconds(1, 600)
    .default(10)
    .describe('How long it may take until there is a first address: seconds, or `1m30s`; 10 s by default.'),
});

export type SlaacOptions = z.output<typeof options>;
