import { parsePublished, type PublishedPorts, portsBy, z } from '@pipewright/plugin';

/** A port of the host stands before it: nobody looks for a free one. */
export function parsePorts(
  text: string | number,
): (PublishedPorts & { readonly host: PublishedPorts['ports'] }) | undefined {
  const { host, ...it } = parsePublished(text) ?? { host: null };
  const isPaired = host !== null && 'ports' in it && host[1] - host[0] === it.ports[1] - it.ports[0];
  return isPaired ? { ...it, host } : undefined;
}

export const networkOptions = z.object({
  isolated: z
    .boolean()
    .optional()
    .describe('Its nodes reach each other by service links alone, on the ports that those are for.'),
  internal: z.boolean().optional().describe('Nothing leaves it by the host, and nothing comes in.'),
  nat: z
    .boolean()
    .optional()
    .describe('What leaves its subnets by the host goes out under the address of the host (masquerading).'),
});

export const nodeOptions = z.object({
  ports: z
    .array(portsBy(parsePorts, 'ports as `8080:80`, `127.0.0.1:53:53/udp`, `[fd00::1]:80:80`, `8000-8010:8000-8010`'))
    .optional()
    .describe('Its ports that are reached by ports of the host, as `[ADDRESS:]HOST:NODE[/PROTOCOL]`.'),
});

export type NetworkOptions = z.output<typeof networkOptions>;
export type NodeOptions = z.output<typeof nodeOptions>;
