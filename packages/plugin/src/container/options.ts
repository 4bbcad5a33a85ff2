import { command } from '../command.js';
import { ip, oneOrMore, z } from '../schema.js';
import { pairs, portsBy } from '../service.js';
import { duration, seconds } from '../duration.js';
import { HOST_NAME, parseHostAddress, parseHostEntry } from './hosts.js';
import { mountComplaint } from './mounts.js';
import { parsePublished } from '../published-ports.js';
import { isSecurityOption } from './security.js';
import { parseSize } from './sizes.js';

/** What Docker takes for the name of a container or a network; ids are of this form, too. */
export const ENGINE_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

const NAME_ALLOWED = 'at least two letters, digits, _ . -, starting with a letter or digit';

/** Labels that say whose a container is. */
const OUR_LABELS = 'pipewright.';
const LABEL = /^(?!pipewright[.])[^=]+$/;

/** Known to Linux and to engines (getrlimit(2)). */
const LIMITS = [
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
];

const text = (pattern: RegExp, allowed: string) => z.string({ error: allowed }).regex(pattern, allowed);

const size = z.union([z.string(), z.number()]).refine((it) => parseSize(it) !== undefined, {
  error: 'a size (`512m`, `1.5g`), or a number of bytes',
});

const bound = z
  .int('a whole number, -1 for no limit')
  .min(-1, 'a whole number, -1 for no limit')
  .describe('-1: no limit.');

const limit = z
  .union([bound, z.strictObject({ soft: bound, hard: bound })])
  .refine((it) => typeof it === 'number' || it.hard === -1 || (it.soft !== -1 && it.soft <= it.hard), {
    error: 'a soft limit that is not above the hard one',
  });

const checked = (isRight: (it: string) => boolean, allowed: string) =>
  z.string({ error: allowed }).refine(isRight, { error: allowed });

const hostAddress = checked(
  (it) => parseHostAddress(it) !== undefined,
  'an IPv4 or IPv6 address, or host-gateway for one of the host',
);

const hostEntries = z.union([
  z.array(
    checked(
      (it) => parseHostEntry(it) !== undefined,
      '`NAME:ADDRESS` as `db:10.0.0.5`, `db:fd00::5`, `host.docker.internal:host-gateway`',
    ),
  ),
  z.record(text(HOST_NAME, 'a host name'), oneOrMore(hostAddress)),
]);

const capability = text(/^(CAP_)?[A-Z_]+$/i, 'a capability as NET_ADMIN, or ALL');

/** `docker run` and Compose have the same words for most of them. */
const optionsOfAll = () =>
  z.object({
    container: text(ENGINE_NAME, `the name or id of a container: ${NAME_ALLOWED}`)
      .optional()
      .describe(
        "Name or id of a container that is there (the node's name where none is given); with an image the name of the one that is made, `<topology>-<node>` where none is given.",
      ),
    image: text(/^[A-Za-z0-9][\w.:/@-]*$/, 'an image: nginx, nginx:1.27, registry.example:5000/shop/web@sha256:…')
      .optional()
      .describe('The image of a container that is made and removed with the topology.'),
    command: command()
      .optional()
      .describe("In place of the image's command: words, or a line that is split into them."),
    entrypoint: command(0).optional().describe("In place of the image's entrypoint; an empty text takes it away."),
    mounts: z
      .array(
        z.string().superRefine((it, context) => {
          const message = mountComplaint(it);
          if (message !== undefined) context.addIssue({ code: 'custom', message });
        }),
      )
      .optional()
      .describe(
        'Folders and files of the host, by an absolute path or from the folder of the topology on (`./conf`), or volumes by name, as `SOURCE:TARGET[:ro]`.',
      ),
    tmpfs: oneOrMore(text(/^\/[^:]*(:[^:]+)?$/, 'an absolute path, or `PATH:OPTIONS` as `/run:size=64m`'))
      .optional()
      .describe('Paths in it that are in memory: `/run`, `/tmp:size=64m,mode=1777`.'),
    ports: z
      .array(
        portsBy(
          parsePublished,
          'ports as `8080:80`, `127.0.0.1:53:53/udp`, `7000-7009:7000-7009`, or `80` for any free one of the host',
        ),
      )
      .optional(),
    'depends-on': z
      .union([z.array(z.string()), z.record(z.string(), z.enum(['started', 'healthy']))])
      .optional()
      .describe(
        'Nodes that are started before it: a list, or `{ db: healthy }` to wait until its health test says so.',
      ),
    'namespace-of': z
      .string()
      .optional()
      .describe("Another node whose network namespace it shares; the nics are that one's, and outlive its restarts."),
    restart: text(
      /^(no|always|unless-stopped|on-failure(:\d{1,9})?)$/,
      'one of no, always, unless-stopped, on-failure, on-failure:5',
    )
      .optional()
      .describe(
        'When it is started again by itself: `no` (the default), `always`, `unless-stopped`, `on-failure[:times]`.',
      ),
    'cap-add': z.array(capability).optional().describe('Capabilities it gets: `NET_ADMIN`.'),
    'cap-drop': z.array(capability).optional().describe('Capabilities it loses; `ALL` for all.'),
    'security-opt': z
      .array(
        checked(
          isSecurityOption,
          'one of `no-new-privileges`, `seccomp=unconfined`, `apparmor=PROFILE`, `label=disable`, `label=type:TYPE` (or user, role, level)',
        ),
      )
      .optional()
      .describe(
        'What keeps its processes in: `no-new-privileges`, `seccomp=unconfined`, `apparmor=unconfined`, `label=disable`.',
      ),
    privileged: z.boolean().optional().describe('All capabilities and devices of the host.'),
    devices: z
      .array(text(/^\/[^:]+(:\/[^:]+)?(:[rwm]{1,3})?$/, 'a device as `/dev/net/tun` or `/dev/sda:/dev/xvda:r`'))
      .optional()
      .describe('Devices of the host: `/dev/net/tun`, `/dev/sda:/dev/xvda:rwm`.'),
    ulimits: z
      .strictObject(Object.fromEntries(LIMITS.map((it) => [it, limit.optional()])))
      .optional()
      .describe('Limits of its processes, by name: `nofile: 1024`, or `nofile: { soft: 1024, hard: 4096 }`.'),
    memory: size.optional().describe('The most memory it may use: `256m`, `1.5g`. What takes more is killed.'),
    cpus: z
      .number('a number of CPUs as 0.5')
      .min(0.01, 'at least 0.01')
      .optional()
      .describe('CPU time it may use, in CPUs: `0.5` is half of one.'),
    cpuset: z
      .union([text(/^\d+(-\d+)?(,\d+(-\d+)?)*$/, 'CPUs by number as `0-3,6`'), z.int().min(0)])
      .optional()
      .describe('The CPUs that it runs on, by number: `0-3,6`.'),
    'pids-limit': z.int().min(1).optional().describe('The most processes and threads it may have.'),
    'shm-size': size.optional().describe('The size of its `/dev/shm`; 64m where none is given.'),
    user: z
      .union([text(/^[^\s:]+(:[^\s:]+)?$/, 'a user, or `user:group`'), z.int().min(0)])
      .optional()
      .describe("The user, or `user:group`, of its processes, in place of the image's."),
    'group-add': z
      .array(z.union([text(/^[^\s:]+$/, 'a group by name or number'), z.int().min(0)]))
      .optional()
      .describe('Further groups of its processes, by name in its image or by number.'),
    hostname: text(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'a host name of at most 64 letters, digits, . - _')
      .optional()
      .describe('What it calls itself.'),
    workdir: text(/^\//, 'an absolute path')
      .optional()
      .describe("The folder its command starts in, in place of the image's."),
    labels: pairs(LABEL, `a name without =, not of ${OUR_LABELS}*`, `NAME=VALUE, not of ${OUR_LABELS}*`)
      .optional()
      .describe('Labels of the container: a map, or a list of `NAME=VALUE`.'),
    'extra-hosts': hostEntries
      .optional()
      .describe(
        'Names in its hosts file: a list of `NAME:ADDRESS`, or a map. The address may be `host-gateway`, one of the host.',
      ),
    dns: oneOrMore(ip).optional().describe('Resolvers that it asks, by address, in place of those of the host.'),
    'dns-search': oneOrMore(
      text(/^([.]|[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?[.]?)$/, 'a domain as example.com, or . for none'),
    )
      .optional()
      .describe('Domains in which it looks for names without a dot; `.` for none.'),
    'dns-options': oneOrMore(text(/^[a-z0-9-]+(:[0-9]+)?$/, 'an option of resolv.conf(5) as ndots:2, use-vc'))
      .optional()
      .describe('Options of its resolver (resolv.conf(5)): `ndots:2`, `use-vc`.'),
    pid: z.literal('host').optional().describe('`host`: it sees all processes, in place of its own alone.'),
    ipc: z
      .enum(['host', 'private', 'shareable'])
      .optional()
      .describe(
        "Whose shared memory it has: the `host`'s, its own (`private`), or its own that others may join (`shareable`).",
      ),
    network: text(ENGINE_NAME, "none, default, or the name of one of the engine's networks").optional(),
    health: z
      .strictObject({
        test: z
          .union([
            z.string().min(1),
            z.array(z.string()).refine(([first]) => ['CMD', 'CMD-SHELL', 'NONE'].includes(first ?? ''), {
              error: 'a line for its shell, or a list that starts with CMD, CMD-SHELL or NONE',
            }),
          ])
          .describe('A line for its shell, or a list that starts with `CMD`, `CMD-SHELL` or `NONE`.'),
        interval: duration.optional().describe('From one test to the next.'),
        timeout: duration.optional().describe('A test that takes longer has failed.'),
        retries: z.int().min(1).optional().describe('So many failures in a row, and it is unhealthy.'),
        'start-period': duration.optional().describe('Failures so soon after the start do not count.'),
      })
      .optional()
      .describe("How it is found to be healthy, in place of the image's test."),
    pull: z
      .enum(['missing', 'always', 'never'])
      .optional()
      .describe(
        'Whether its image is pulled before it is made: where it is `missing` (the default), `always`, or `never`.',
      ),
    'log-driver': text(/^[A-Za-z0-9][\w./:-]*$/, 'a logging driver as local, journald, none')
      .optional()
      .describe('Where what it says goes: `local`, `journald`, `none`.'),
    'log-opt': pairs(/^[^=]+$/, 'a name without =', 'NAME=VALUE as `max-size=10m`')
      .optional()
      .describe('Options of the logging driver: a map, or a list of `NAME=VALUE`: `max-size=10m`.'),
    tty: z.boolean().optional().describe('It has a terminal: its shell, as its command, waits instead of ending.'),
    'stdin-open': z.boolean().optional().describe('Its standard input stays open though nobody is attached.'),
    init: z.boolean().optional().describe('Its first process is an init, which passes on signals and reaps others.'),
    'read-only': z.boolean().optional().describe('Its root is read only.'),
    'stop-signal': z
      .union([text(/^(SIG)?[A-Z][A-Z0-9+-]*$/, 'a signal as SIGTERM, or its number'), z.int().min(1).max(64)])
      .optional()
      .describe('The signal that asks it to end, in place of SIGTERM.'),
    'stop-timeout': seconds(0, 2 ** 31 - 1)
      .optional()
      .describe('How long it is given to end before it is killed: seconds, or `1m30s`; 10 s where none is given.'),
  });

/** Of all engines, as many as a word for a guest may mean: most is the same for each. */
let made: ReturnType<typeof optionsOfAll> | undefined;

export function containerOptions(title: string) {
  made ??= optionsOfAll();
  const { ports, network } = made.shape;
  return made.extend({
    ports: ports.describe(
      `Ports that ${title} publishes at the host's addresses: \`8080:80\`, \`127.0.0.1:53:53/udp\`. It needs a network of ${title}'s.`,
    ),
    network: network.describe(
      `A network of ${title}'s besides those of the topology: \`none\` (the default), \`default\`, or its name. Its nic is \`eth0\`.`,
    ),
  });
}

export type ContainerOptions = z.output<ReturnType<typeof containerOptions>>;
