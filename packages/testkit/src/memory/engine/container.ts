import { z } from '@pipewright/plugin';

const texts = z.array(z.string()).nullish();

/** What a container is made of, as the API has it; more may be given, and is shown of it again. */
const containerConfig = z.looseObject({
  Image: z.string(),
  Env: texts,
  Cmd: texts,
  Tty: z.boolean().nullish(),
  Labels: z.record(z.string(), z.string()).nullish(),
  ExposedPorts: z.record(z.string(), z.object({})).nullish(),
});

const hostConfig = z.looseObject({ NetworkMode: z.string().default('default') });

export type ContainerConfig = z.output<typeof containerConfig>;
type HostConfig = z.output<typeof hostConfig>;

export const creation = containerConfig.extend({ HostConfig: hostConfig.default({ NetworkMode: 'default' }) });

/** What an image brings along. */
export interface MemoryImage {
  /** `A=1`. */
  readonly env?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  /** `6379/tcp`. */
  readonly ports?: readonly string[];
  /** Its program ends at once, with this code. */
  readonly exits?: number;
  /** What commands in its containers are; others are not there. */
  readonly programs?: Readonly<Record<string, ContainerProgram>>;
}

/** A program that reads all before it says anything. */
export type ContainerProgram = (call: {
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly input: string;
}) => { readonly stdout?: string; readonly stderr?: string; readonly code?: number };

type ContainerStatus = 'created' | 'running' | 'paused' | 'exited';

export interface Container {
  readonly id: string;
  name: string;
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  readonly created: string;
  status: ContainerStatus;
  /** 0: it does not run. */
  pid: number;
  exitCode: number;
  startedAt: string;
  finishedAt: string;
}

/** What dockerd says of a moment that never was. */
export const NEVER = '0001-01-01T00:00:00Z';

export const isRunning = ({ status }: Container): boolean => status === 'running' || status === 'paused';

/** What was given, and from the image what was not. */
export function configOf(given: ContainerConfig, image: MemoryImage, id: string): ContainerConfig {
  const { env = [], labels = {}, command = [], ports = [] } = image;
  const own = given.Env ?? [];
  const names = new Set(own.map(variableOf));
  const exposed: ContainerConfig['ExposedPorts'] = Object.fromEntries(ports.map((port) => [port, {}]));
  Object.assign(exposed, given.ExposedPorts);
  return {
    Hostname: id.slice(0, 12),
    ...given,
    Cmd: given.Cmd ?? [...command],
    Env: [...own, ...env.filter((it) => !names.has(variableOf(it)))],
    Labels: { ...labels, ...given.Labels },
    ...(Object.keys(exposed).length > 0 ? { ExposedPorts: exposed } : {}),
  };
}

const variableOf = (assignment: string): string => assignment.split('=')[0] ?? '';

/** A container as a value to compare. */
export type ContainerPicture = Pick<Container, 'config' | 'hostConfig' | 'status'>;

/** Without the host name that it has by its id. */
export const pictureOf = ({ id, config, hostConfig, status }: Container): ContainerPicture => {
  const { Hostname: hostname, ...rest } = config;
  return { config: hostname === id.slice(0, 12) ? rest : config, hostConfig, status };
};

/** `docker inspect`. */
export const inspectionOf = (it: Container, image: string) => ({
  Id: it.id,
  Created: it.created,
  Name: `/${it.name}`,
  Image: image,
  State: {
    Status: it.status,
    Running: isRunning(it),
    Paused: it.status === 'paused',
    Restarting: false,
    OOMKilled: false,
    Dead: false,
    Pid: it.pid,
    ExitCode: it.exitCode,
    Error: '',
    StartedAt: it.startedAt,
    FinishedAt: it.finishedAt,
  },
  Config: it.config,
  HostConfig: it.hostConfig,
  Mounts: [],
  NetworkSettings: { SandboxKey: sandboxKeyOf(it), Networks: networksOf(it) },
});

/** `docker ps`. */
export const rowOf = (it: Container, image: string) => ({
  Id: it.id,
  Names: [`/${it.name}`],
  Image: it.config.Image,
  ImageID: image,
  Command: (it.config.Cmd ?? []).join(' '),
  Created: Math.floor(Date.parse(it.created) / 1000),
  Ports: [],
  Labels: it.config.Labels ?? {},
  State: it.status,
  HostConfig: { NetworkMode: it.hostConfig.NetworkMode },
  NetworkSettings: { Networks: networksOf(it) },
  Mounts: [],
});

/** Where dockerd binds the namespace; of another container's it tells nothing. */
function sandboxKeyOf({ id, hostConfig: { NetworkMode: mode }, startedAt }: Container): string {
  if (mode.startsWith('container:') || startedAt === NEVER) return '';
  return `/var/run/docker/netns/${mode === 'host' ? 'default' : id.slice(0, 12)}`;
}

function networksOf({ hostConfig: { NetworkMode: mode } }: Container): Readonly<Record<string, object>> {
  if (mode.startsWith('container:')) return {};
  return { [mode === 'default' ? 'bridge' : mode]: {} };
}
