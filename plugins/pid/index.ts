import {
  asUser,
  definePlugin,
  type Guest,
  type GuestReference,
  nodeDriver,
  type NodeSpec,
  PLUGIN_API,
  problem,
  z,
} from '@pipewright/plugin';
import { errors } from './errors.js';

const options = z.object({
  pid: z.int().min(1).optional().describe('The pid, as this host numbers it, of a process in the namespace.'),
  path: z
    .string()
    .regex(/^\//, 'the path of a file that starts with /')
    .optional()
    .describe('The file of the namespace, in place of a pid: `/proc/4711/ns/net`, or what another program has bound.'),
});

type Options = z.output<typeof options>;

const PROCESS = /^\/proc\/([1-9]\d*)\/ns\/net$/;
/** Those have names: they are the kind netns's. */
const NAMED = /^(\/var)?\/run\/netns\//;

function guestOf({ form, text }: GuestReference): Guest | undefined {
  const pid = form === 'path' ? PROCESS.exec(text)?.[1] : /^[1-9]\d*$/.exec(text)?.[0];
  const fallback = form === 'name' ? { fallback: true as const } : {};
  if (pid !== undefined) return { name: `pid-${pid}`, options: { pid: Number(pid) }, ...fallback };
  if (form !== 'path' || !text.startsWith('/') || NAMED.test(text)) return undefined;
  return { name: nameOf(text), options: { path: text } };
}

/** `/mnt/red.ns` → `mnt-red.ns`. */
const nameOf = (path: string): string =>
  path
    .replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
    .slice(-63)
    .replaceAll(/^[^A-Za-z0-9]+|-$/g, '');

function faults({ name, options: { pid, path }, path: at }: NodeSpec<Options>) {
  if ((pid === undefined) !== (path === undefined)) return [];
  return [problem(errors.oneOfTwo(name, pid === undefined ? 'neither' : 'both'), at)];
}

export const pid = nodeDriver({
  kind: 'pid',
  summary: 'The network namespace of a running process, given by its pid, or any other by its path.',
  options,
  managed: false,
  // Whoever made that namespace most likely gave it an eth0.
  firstNic: 1,
  guest: guestOf,
  compile: faults,
  locate: ({ options: { pid, path = '' } }) => (pid === undefined ? { by: 'path', path } : { by: 'pid', pid }),
  exec: ({ options: { pid, path = '' } }, command, how) => [
    'nsenter',
    ...(pid === undefined ? [`--net=${path}`] : ['-t', String(pid), '-n']),
    '--',
    ...asUser(command, how),
  ],
});

export default definePlugin({ name: 'pid', api: PLUGIN_API, drivers: { nodes: [pid] } });
