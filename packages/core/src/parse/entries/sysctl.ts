import { z } from '@pipewright/plugin';

/** `net.ipv4.conf.eth0/30.forwarding`: below `net.`, with a slash for the dot in a device's name. */
const sysctlName = z
  .string()
  .regex(
    /^net(\.[A-Za-z0-9_][A-Za-z0-9_:@/-]*)+$/,
    'the name of a kernel parameter below `net.`, as net.ipv4.ip_forward',
  );

export const sysctlValue = z.union([z.string().regex(/^[\x20-\x7e\t]+$/, 'text on one line'), z.number()]);

export const sysctls = z.record(sysctlName, sysctlValue);

export const sysctlsOf = (values: z.output<typeof sysctls> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
