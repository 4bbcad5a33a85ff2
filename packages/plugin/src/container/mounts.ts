/** One of what follows a mount's second colon: `ro`, and what SELinux, volumes and mount propagation have for it. */
const MODE = /^(ro|rw|z|Z|nocopy|r?(shared|slave|private))$/;
const MOUNT = /^([^:]+):(\/[^:]+)(?::([^:]+))?$/;
const VOLUME = /^[A-Za-z0-9][A-Za-z0-9_.-]+$/;

/** What a mount must be, where this text is none. */
export function mountComplaint(text: string): string | undefined {
  const [, source = '', target, modes = 'rw'] = MOUNT.exec(text) ?? [];
  if (/^[.~]/.test(source) || /^[^/]+\//.test(source))
    return `a mount whose source is an absolute path, such as ${absolute(source)}; what ${source} is relative to is not known here`;
  const right =
    target !== undefined &&
    modes.split(',').every((it) => MODE.test(it)) &&
    (source.startsWith('/') || VOLUME.test(source));
  return right
    ? undefined
    : '`SOURCE:TARGET` or `SOURCE:TARGET:ro`: the source an absolute path or the name of a volume, the target an absolute path';
}

/** With what the reader of a topology fills in. */
const absolute = (source: string): string =>
  source.startsWith('~') ? source.replace('~', '${HOME}') : `\${PWD}/${source.replace(/^[.][/]/, '')}`;
