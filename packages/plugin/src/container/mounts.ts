/** One of what follows a mount's second colon: `ro`, and what SELinux, volumes and mount propagation have for it. */
const MODE = /^(ro|rw|z|Z|nocopy|r?(shared|slave|private))$/;
const MOUNT = /^([^:]+):(\/[^:]+)(?::([^:]+))?$/;
const VOLUME = /^[A-Za-z0-9][A-Za-z0-9_.-]+$/;

/** What a mount must be, where this text is none. */
export function mountComplaint(text: string): string | undefined {
  const [, source = '', target, modes = 'rw'] = MOUNT.exec(text) ?? [];
  if (source.startsWith('~')) return `a mount whose source is an absolute path: \`${text.replace('~', '${HOME}')}\``;
  if (/^[^./][^/]*\//.test(source)) return `a mount whose source is a path or the name of a volume: \`./${text}\``;
  const right =
    target !== undefined &&
    modes.split(',').every((it) => MODE.test(it)) &&
    (source.startsWith('/') || VOLUME.test(source));
  return right
    ? undefined
    : '`SOURCE:TARGET` or `SOURCE:TARGET:ro`: the source an absolute path, one that begins with ./ or ../, or the name of a volume; the target an absolute path';
}
