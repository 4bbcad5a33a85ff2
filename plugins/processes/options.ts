import { argvOf, command, seconds, z } from '@pipewright/plugin';

const words = command().transform(argvOf);

const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u;

const detailed = z.strictObject({
  command: words.describe('What runs, in the foreground: words, or a line that is split into them.'),
  ready: words
    .optional()
    .describe('A command that ends with 0 when it serves: tried until it does, and what is declared after it waits.'),
  timeout: seconds(1, 3600)
    .default(10)
    .describe('How long until it has to be ready, as seconds or `1m30s`, 10 s by default; after that all is put back.'),
  afterwards: words.optional().describe('A command that is run when it was ended for good, to tidy up.'),
});

export const nodeOptions = z.object({
  processes: z
    .record(z.string().regex(NAME, { error: () => 'a name of letters, digits, _ . and -' }), z.union([words, detailed]))
    .optional()
    .describe('Programs that run on in it while it is up, by name: a command, or a map with `command`.'),
});

export type NodeOptions = z.output<typeof nodeOptions>;

type Entry = NonNullable<NodeOptions['processes']>[string];

/** Under a name that the file gives it. */
export type NodeProcess = Partial<z.output<typeof detailed>> & { readonly command: readonly string[] };

export const processOf = (entry: Entry): NodeProcess => ('command' in entry ? entry : { command: entry });
