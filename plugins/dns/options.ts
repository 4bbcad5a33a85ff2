import { ip, z } from '@pipewright/plugin';

const forward = z
  .union([z.boolean(), z.array(ip).min(1)])
  .default(false)
  .describe("Who is asked for all other names: `true`: those of the host's /etc/resolv.conf; or a list of addresses.");

export const networkOptions = z.object({
  dns: z
    .union([z.boolean(), z.strictObject({ forward })])
    .optional()
    .describe("Answers there, at the host's address, what its nodes are called, and what service links call them."),
});

export type NetworkOptions = z.output<typeof networkOptions>;

/** How it is served; undefined: it is not. */
export function serviceOf({ dns }: NetworkOptions): { readonly forward: boolean | readonly string[] } | undefined {
  if (dns === undefined || dns === false) return undefined;
  return dns === true ? { forward: false } : dns;
}
