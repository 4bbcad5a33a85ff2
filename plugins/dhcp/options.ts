import { seconds, z } from '@pipewright/plugin';

export const clients = ['udhcpc', 'dhclient', 'dhcpcd'] as const;

export type ClientKind = (typeof clients)[number];

const text = (pattern: RegExp, allowed: string): z.ZodString => z.string().regex(pattern, { error: () => allowed });

export const options = z.object({
  client: z
    .enum(clients)
    .optional()
    .describe(
      'Which client runs, a program of the host (udhcpc may be that of busybox); by default the first there is.',
    ),
  once: z
    .boolean()
    .default(false)
    .describe('End the client when it has a lease. The address stays, and nobody renews it.'),
  hostname: text(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, 'a name of letters, digits, _ . -, of at most 63')
    .optional()
    .describe("The name that the server is told; by default the node's."),
  'client-id': text(
    /^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,63}$/,
    'letters, digits, _ . : @ -, at most 64; or bytes, as 01:02:03',
  )
    .optional()
    .describe('What the server knows the client by, a text or bytes (`01:02:03`); by default the MAC address.'),
  'vendor-class': text(/^[A-Za-z0-9][A-Za-z0-9 _.:/-]{0,63}$/, 'letters, digits, blanks, _ . : / -, at most 64')
    .optional()
    .describe('What kind of client it says it is.'),
  metric: z
    .int({ error: 'a whole number from 0 to 4294967295' })
    .min(0)
    .max(2 ** 32 - 1)
    .default(0)
    .describe('Metric of the default route that comes with the lease.'),
  timeout: seconds(1, 600)
    .default(10)
    .describe('How long it may take until there is a first lease: seconds, or `1m30s`; 10 s by default.'),
  options: z.array(z.string()).default([]).describe('Further words for the client: `[-t, 5]`.'),
});

export type DhcpOptions = z.output<typeof options>;
