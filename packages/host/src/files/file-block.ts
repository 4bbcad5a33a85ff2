import {
  closeSync,
  ftruncateSync,
  linkSync,
  readFileSync,
  readSync,
  rmdirSync,
  unlinkSync,
  writeSync,
  fstatSync,
} from 'node:fs';
import { madeWithBlock, ownFoldersOf, withBlock, withoutBlock } from '@pipewright/kernel';
import type { FileBlockOp } from '@pipewright/plugin';
import { codeOf, uniqueWord } from '../file-system.js';
import { below, checkFolder, inFolderOf, newFile, openFile, type Root } from './folder.js';

/** So often a file is tried again that others write to in the same moment. */
const TRIES = 20;

/** Makes the block be so; throws in words where it cannot. */
export function writeFileBlock(op: FileBlockOp, root: Root): void {
  for (let tries = 0; tries < TRIES; tries++) if (isWritten(op, root)) return;
  throw new Error(`${op.path} is changed by others all the time`);
}

/** False: somebody else wrote in between, so it is to be done again. */
function isWritten(op: FileBlockOp, root: Root): boolean {
  const { path, topology, copyOf = '' } = op;
  if (op.lines === undefined) return isRemoved(op, root);
  const lines = op.lines.map((it) => Buffer.from(it, 'utf8').toString('latin1'));
  return inFolderOf(path, root, true, (folder, name) => {
    const fd = openFile(path, name, folder, root, true);
    if (fd === undefined) {
      checkFolder(path, folder, root);
      return isMade(folder, name, madeWithBlock(baseOf(copyOf), topology, lines, copyOf));
    }
    return closing(fd, () => isChanged(fd, (text) => withBlock(text, topology, lines)));
  });
}

function isRemoved({ path, topology }: FileBlockOp, root: Root): boolean {
  try {
    const isDone = inFolderOf(path, root, false, (folder, name) => {
      const fd = openFile(path, name, folder, root, true);
      if (fd === undefined) return true;
      return closing(fd, () => {
        const text = textOf(fd);
        const rest = withoutBlock(text, topology);
        if (rest === undefined && isUnlinked(below(folder, name))) return true;
        return rest === text || isChanged(fd, (it) => withoutBlock(it, topology) ?? '');
      });
    });
    if (isDone) removeFolders(path, root);
    return isDone;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return true; // no folder, no file
    throw error;
  }
}

/** A file that something is mounted on stays. */
function isUnlinked(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EBUSY') return false;
    throw error;
  }
}

/** The host's own hosts file, with which a missing one begins. */
function baseOf(path: string): string {
  if (path === '') return '';
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/** Whole from its first moment; false where somebody else has made it meanwhile. */
function isMade(folder: number, name: string, text: string): boolean {
  const aside = `.${name}.pipewright-${uniqueWord()}`;
  const fd = newFile(folder, aside);
  try {
    closing(fd, () => writeAll(fd, bytesOf(text), 0));
    linkSync(below(folder, aside), below(folder, name));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(below(folder, aside));
  }
}

/**
 * In place, for it may be mounted somewhere: from the first byte that differs, and cut only then, so that no reader
 * sees less than what stays. False where it is not as we left it.
 */
function isChanged(fd: number, change: (text: string) => string): boolean {
  const old = textOf(fd);
  const [before, wanted] = [bytesOf(old), bytesOf(change(old))];
  let same = 0;
  while (same < before.length && same < wanted.length && before[same] === wanted[same]) same++;
  writeAll(fd, wanted.subarray(same), same);
  if (wanted.length < before.length) ftruncateSync(fd, wanted.length);
  const after = textOf(fd);
  return after === change(after);
}

/** Bytes stay what they are, whatever they mean. */
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

function textOf(fd: number): string {
  const bytes = Buffer.alloc(fstatSync(fd).size);
  let read = 0;
  for (let more = 1; read < bytes.length && more > 0; read += more)
    more = readSync(fd, bytes, read, bytes.length - read, read);
  return bytes.toString('latin1', 0, read);
}

function writeAll(fd: number, bytes: Buffer, at: number): void {
  for (let written = 0; written < bytes.length; )
    written += writeSync(fd, bytes, written, bytes.length - written, at + written);
}

function closing<T>(fd: number, work: () => T): T {
  try {
    return work();
  } finally {
    closeSync(fd);
  }
}

function removeFolders(path: string, root: Root): void {
  for (const folder of ownFoldersOf(path))
    try {
      inFolderOf(folder, root, false, (above, name) => rmdirSync(below(above, name)));
    } catch {
      return; // something else is in it
    }
}
