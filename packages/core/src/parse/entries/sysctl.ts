import { type NodeDriver, z } from '@pipewright/plugin';
import type { Place } from '../diagnose.js';
import { errors } from '../errors.js';

/** `net.ipv4.conf.eth0/30.forwarding`: of a namespace, with a slash for the dot in a device's name. */
const OF_NAMESPACE = /^net[.]/;

/** No `..`, no part that begins with a dot or a dash: the name becomes a path. */
const sysctlName = z
  .string()
  .regex(/^[a-z]\w*(\.[A-Za-z0-9_][A-Za-z0-9_:@/-]*)+$/, 'the name of a kernel parameter, as net.ipv4.ip_forward');

export const sysctlValue = z.union([z.string().regex(/^[\x20-\x7e\t]+$/, 'text on one line'), z.number()]);

export const sysctls = z.record(sysctlName, sysctlValue);

export const sysctlsOf = (values: z.output<typeof sysctls> = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));

/** What is no parameter of a network namespace is only of nodes whose kind is made with it. */
export function checkSysctls(
  names: readonly string[],
  { kind, sysctls: more }: NodeDriver,
  { path, name: node, complaints }: Place,
): void {
  for (const name of names)
    if (!OF_NAMESPACE.test(name) && !more?.of(name))
      complaints.addAtKey(errors.noSysctl(name, node, kind, more?.allowed), [...path, 'sysctls', name]);
}

/** Those of its namespace, and those that it is made with. */
export const sysctlsApart = (all: Readonly<Record<string, string>>) => {
  const [own, making] = [true, false].map((ofNamespace) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => OF_NAMESPACE.test(name) === ofNamespace)),
  );
  return { own: own ?? {}, making: making ?? {} };
};
