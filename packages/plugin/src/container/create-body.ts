import type { ExposedPorts } from '../service.js';
import type { ContainerAttrs, Creation } from './attrs.js';
import { canonicalText } from './canonical-text.js';
import type { PublishedPorts } from '../published-ports.js';
import { hostPortOf, portsOf } from './ports.js';

/** Labels that say whose a container is, and what it was made of. */
export const LABELS = {
  topology: 'pipewright.topology',
  node: 'pipewright.node',
  config: 'pipewright.config',
} as const;

type Json = Readonly<Record<string, unknown>>;

/** What POST /containers/create is sent. What is not given is left out, so that the image has its say. */
export const createBody = (it: ContainerAttrs): Json =>
  given({
    Image: it.image,
    Cmd: it.command,
    Entrypoint: it.entrypoint,
    Env: envOf(it),
    User: it.user,
    Hostname: it.hostname,
    Tty: it.tty,
    OpenStdin: it['stdin-open'],
    WorkingDir: it.workdir,
    Labels: labelsOf(it),
    ExposedPorts: exposedOf([...(it.expose ?? []), ...(it.ports ?? [])]),
    Healthcheck: it.health && healthOf(it.health),
    StopSignal: it['stop-signal'],
    StopTimeout: it['stop-timeout'],
    HostConfig: hostConfigOf(it),
  });

const hostConfigOf = (it: Creation): Json =>
  given({
    NetworkMode: it.network,
    Binds: it.mounts,
    Tmpfs: it.tmpfs,
    ExtraHosts: it.hosts,
    Dns: it.dns,
    DnsSearch: it['dns-search'],
    DnsOptions: it['dns-options'],
    GroupAdd: it['group-add'],
    PidMode: it.pid,
    IpcMode: it.ipc,
    LogConfig: loggingOf(it),
    PortBindings: it.ports && bindingsOf(it.ports),
    RestartPolicy: it.restart === null ? null : restartOf(it.restart),
    CapAdd: it['cap-add'],
    CapDrop: it['cap-drop'],
    SecurityOpt: it['security-opt'],
    Privileged: it.privileged,
    Devices: it.devices?.map(({ host, container, permissions }) => ({
      PathOnHost: host,
      PathInContainer: container,
      CgroupPermissions: permissions,
    })),
    Ulimits:
      it.ulimits &&
      Object.entries(it.ulimits).map(([name, { soft, hard }]) => ({ Name: name, Soft: soft, Hard: hard })),
    Memory: it.memory,
    NanoCpus: it.cpus === null ? null : Math.round(it.cpus * 1e9),
    CpusetCpus: it.cpuset,
    PidsLimit: it['pids-limit'],
    ShmSize: it['shm-size'],
    Sysctls: it.sysctls,
    Init: it.init,
    ReadonlyRootfs: it['read-only'],
  });

const loggingOf = ({ 'log-driver': driver, 'log-opt': options }: Creation): Json | null =>
  driver === null && options === null ? null : given({ Type: driver, Config: options });

/** Of an object, what is not `null`. */
const given = (all: Json): Json =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== undefined));

/** The node's own wins. */
function envOf({ env, 'feature-env': beneath }: Creation): readonly string[] | null {
  const all = Object.entries({ ...beneath, ...env });
  return all.length === 0 ? null : all.map(([name, value]) => `${name}=${value}`);
}

const labelsOf = (it: ContainerAttrs): Json => ({
  ...it.labels,
  ...given({ [LABELS.topology]: it.topology, [LABELS.node]: it.node }),
  [LABELS.config]: configOf(it),
});

/** Of what it is made. Who it is, other labels say. */
const configOf = ({
  name: _,
  node: _node,
  topology: _topology,
  containerId: _id,
  paused: _paused,
  connected: _connected,
  pull: _pull,
  ...creation
}: ContainerAttrs): string => canonicalText(given(creation));

const exposedOf = (all: readonly ExposedPorts[]): Json | null =>
  all.length === 0 ? null : Object.fromEntries(all.flatMap(portsOf).map((port) => [port, {}]));

function bindingsOf(all: readonly PublishedPorts[]): Json {
  const bindings: Record<string, { readonly HostIp: string; readonly HostPort: string }[]> = {};
  for (const published of all)
    for (const [index, port] of portsOf(published).entries())
      (bindings[port] ??= []).push({ HostIp: published.ip ?? '', HostPort: hostPortOf(published, index) });
  return bindings;
}

function restartOf(text: string): Json {
  const [name, times] = text.split(':');
  return given({ Name: name, MaximumRetryCount: times && Number(times) });
}

/** The engine counts nanoseconds. */
function healthOf({ test, interval, timeout, retries, 'start-period': start }: NonNullable<Creation['health']>): Json {
  const nanoseconds = (milliseconds: number | null) => milliseconds && milliseconds * 1_000_000;
  return given({
    Test: test,
    Interval: nanoseconds(interval),
    Timeout: nanoseconds(timeout),
    Retries: retries,
    StartPeriod: nanoseconds(start),
  });
}
