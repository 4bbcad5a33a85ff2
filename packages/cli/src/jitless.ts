import { z } from '@pipewright/plugin';

// What zod compiles of a schema of objects pays for thousands of them, and is compiled at every start anew. It is asked
// when such a schema is made.
z.config({ jitless: true });
