import { z } from '@pipewright/plugin';

/*
 * Asked when a schema is made. What zod compiles of a schema of objects pays for thousands of them, and is compiled at
 * every start anew. For data with cycles it goes through all that a schema consists of, whenever one is first used: ours
 * are of schemas that have none, so that they end anyway.
 *
 * What else of zod is another here, the build changes: scripts/quick-zod.mjs.
 */
z.config({ jitless: true, memoizer: { attach() {}, guard() {}, alloc: (_schema, _payload, made) => made } });
