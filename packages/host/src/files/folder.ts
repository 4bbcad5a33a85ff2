import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  type Stats,
} from 'node:fs';
import { codeOf } from '../file-system.js';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/** The files of one root: of this host, or of a container's processes. */
export interface Root {
  /** The folder in /proc of a process whose root it is, held open; absent: this host's own root. */
  readonly process?: number;
}

/** What a hosts file comes to at the most. */
const MOST_BYTES = 1 << 20;

const READ_ONLY = 'is on a file system that is read only';

/** One of the files is not what it should be; nothing of it was touched. */
class FileRefused extends Error {
  override readonly name = 'FileRefused';
}

const refuse = (path: string, why: string): never => {
  throw new FileRefused(`${path} ${why}`);
};

/** As this process names it. What is behind it may be a symbolic link of whoever has the root. */
export const pathOf = ({ process }: Root, path: string): string =>
  process === undefined ? path : `/proc/self/fd/${process}/root${path}`;

/**
 * Opens the folder that a path is in, step by step, and hands its descriptor to `work`. No step follows a symbolic link:
 * whoever may change the folders of a container must not send us to a file of the host. (openat(2), by way of /proc.)
 */
export function inFolderOf<T>(path: string, root: Root, make: boolean, work: (folder: number, name: string) => T): T {
  const steps = path.split('/').filter((it) => it !== '');
  const name = steps.pop() ?? refuse(path, 'is no file');
  if ([...steps, name].some((it) => it === '.' || it === '..')) refuse(path, 'is no plain path');
  let folder = openSync(pathOf(root, '/.'), O_RDONLY | O_DIRECTORY);
  try {
    for (const step of steps) {
      const next = openFolder(below(folder, step), make, () => checkFolder(path, folder, root));
      closeSync(folder);
      folder = next;
    }
    return work(folder, name);
  } catch (error) {
    if (['ELOOP', 'ENOTDIR'].includes(String(codeOf(error))))
      refuse(path, 'is behind a symbolic link, or what is no folder');
    if (codeOf(error) === 'EROFS') refuse(path, READ_ONLY);
    throw error;
  } finally {
    closeSync(folder);
  }
}

/** Nothing new comes into a folder of the host's that is mounted in a container. */
export function checkFolder(path: string, folder: number, root: Root): void {
  if (root.process !== undefined && !isOfRoot(folder, root.process))
    refuse(path, "is in a folder of the host's, mounted there");
}

function openFolder(path: string, make: boolean, check: () => void): number {
  try {
    return openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  } catch (error) {
    if (!make || codeOf(error) !== 'ENOENT') throw error;
    check();
    mkdirSync(path, 0o700);
    return withMode(0o755, openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  }
}

export const below = (folder: number, name: string): string => `/proc/self/fd/${folder}/${name}`;

/**
 * An open file that may be read; where it is to be changed also written, and then it is one of the root's own. Undefined:
 * there is none.
 */
export function openFile(path: string, name: string, folder: number, root: Root, change: boolean): number | undefined {
  try {
    const fd = openSync(below(folder, name), (change ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK);
    return checked(fd, () => {
      checkPlain(path, fd);
      if (change) checkOwn(path, fd, root);
    });
  } catch (error) {
    switch (codeOf(error)) {
      case 'ENOENT':
        return undefined;
      case 'ELOOP':
        return refuse(path, 'is a symbolic link');
      case 'EISDIR':
      case 'ENXIO':
        return refuse(path, 'is no ordinary file');
      case 'EROFS':
        return openBeside(path, name, folder, root) ?? refuse(path, READ_ONLY);
      default:
        throw error;
    }
  }
}

function checked(fd: number, check: () => void): number {
  try {
    check();
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/**
 * A container whose root is read only has its hosts file read only as well, but that file is the engine's, on a mount of
 * the host's that is not: there it is opened, if what is there is the same file.
 */
function openBeside(path: string, name: string, folder: number, { process }: Root): number | undefined {
  if (process === undefined) return undefined;
  const inside = openSync(below(folder, name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const mount = mountOf(inside, process);
    const onHost = mount && isOwnHosts(mount, process) ? pathOnHost(mount) : undefined;
    if (onHost === undefined) return undefined;
    return inFolderOf(onHost, {}, false, (beside, its) => openSame(path, below(beside, its), fstatSync(inside)));
  } finally {
    closeSync(inside);
  }
}

function openSame(path: string, onHost: string, { dev, ino }: Stats): number {
  const fd = openSync(onHost, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  return checked(fd, () => {
    const its = fstatSync(fd);
    if (its.dev !== dev || its.ino !== ino) refuse(path, READ_ONLY);
    checkPlain(path, fd);
  });
}

/** Where the host has what is mounted there. */
const pathOnHost = ({ device, root }: Mount): string | undefined =>
  mountsOf('/proc/self/mountinfo')
    .filter((it) => it.device === device && root.startsWith(withSlash(it.root)))
    .map((it) => `${withSlash(it.point)}${root.slice(withSlash(it.root).length)}`)
    .find((it) => existsSync(it));

const withSlash = (folder: string): string => (folder.endsWith('/') ? folder : `${folder}/`);

export const newFile = (folder: number, name: string): number =>
  withMode(0o644, openSync(below(folder, name), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));

/** Whatever the umask of root: what runs in a node as somebody else reads them too. */
function withMode(mode: number, fd: number): number {
  fchmodSync(fd, mode);
  return fd;
}

function checkPlain(path: string, fd: number): void {
  const its = fstatSync(fd);
  if (!its.isFile()) refuse(path, 'is no ordinary file');
  if (its.nlink !== 1) refuse(path, 'has a second name (a hard link), so it may be another file too');
  if (its.size > MOST_BYTES) refuse(path, `is larger than ${MOST_BYTES >> 20} MB`);
}

/** It is none of the host's that is mounted in a container. Takes a look at all mounts. */
export function checkOwn(path: string, fd: number, root: Root): void {
  if (root.process !== undefined && !isOfRoot(fd, root.process)) refuse(path, "is a file of the host's, mounted there");
}

/**
 * On the mount that is the root, or on one that nobody else has: a hosts file that the engine keeps for this very
 * container, or a file system in memory that the host does not see.
 */
function isOfRoot(fd: number, process: number): boolean {
  const mount = mountOf(fd, process);
  if (!mount) return false;
  if (mount.point === '/') return true;
  if (mount.type === 'tmpfs' && !mountsOf('/proc/self/mountinfo').some((it) => it.device === mount.device)) return true;
  return isOwnHosts(mount, process);
}

/** Engines keep it in a folder that is called as the container: `…/containers/ID/hosts`, `…/ID/userdata/hosts`. */
function isOwnHosts({ root }: Mount, process: number): boolean {
  const [, id] = /\/([0-9a-f]{64})\/(?:userdata\/)?hosts$/.exec(root) ?? [];
  return id !== undefined && idsOf(process).includes(id);
}

/** The ids in the names of the control groups that the process is in: its container's among them. */
const idsOf = (process: number): readonly string[] =>
  readFileSync(`/proc/self/fd/${process}/cgroup`, 'utf8').match(/[0-9a-f]{64}/g) ?? [];

interface Mount {
  readonly id: string;
  readonly device: string;
  readonly root: string;
  readonly point: string;
  readonly type: string;
}

/** See proc(5), /proc/pid/mountinfo. */
const mountsOf = (path: string): readonly Mount[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id = '', , device = '', root = '', point = ''] = line.split(' ');
      return { id, device, root, point, type: line.split(' - ')[1]?.split(' ')[0] ?? '' };
    });

/** That of an open file, among those of the process. */
function mountOf(fd: number, process: number): Mount | undefined {
  const [, id] = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')) ?? [];
  return mountsOf(`/proc/self/fd/${process}/mountinfo`).find((it) => it.id === id);
}
