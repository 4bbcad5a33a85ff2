import { type Secret, z } from '@pipewright/plugin';

const KEY = 'a text, mostly of a variable: "${SHOP_KEY}"';

export const options = z.object({
  encrypt: z
    .strictObject(
      {
        kind: z.literal('ipsec').default('ipsec').describe('How: by IPsec, ESP between the hosts.'),
        key: z
          .string({ error: () => KEY })
          .transform((secretText): Secret => ({ secretText }))
          .meta({ writeOnly: true })
          .describe('What the keys are made of, at least 32 characters that nobody guesses: `openssl rand -hex 32`.'),
      },
      { error: (issue) => (issue.code === 'invalid_type' ? 'a map with a key: { key: "${SHOP_KEY}" }' : undefined) },
    )
    // A key in the place of the map is still one.
    .meta({ writeOnly: true })
    .optional()
    .describe('Encrypts what goes from host to host, and takes nothing else.'),
});

export type FabricOptions = z.output<typeof options>;
