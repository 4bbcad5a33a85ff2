import { closeSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { BLOCK_BEGIN } from '@pipewright/kernel';
import type { FileText } from '@pipewright/plugin';
import { checkOwn, inFolderOf, openFile, pathOf, type Root } from './folder.js';

/** Those of the files that are there and may be read; a `*` is the name of any folder. */
export const readFiles = (paths: readonly string[], root: Root): readonly FileText[] =>
  paths.flatMap((path) => pathsOf(path)).flatMap((path) => readOne(path, root) ?? []);

function pathsOf(path: string): readonly string[] {
  const [before, after] = path.split('/*/');
  if (before === undefined || after === undefined) return [path];
  try {
    return readdirSync(before)
      .sort()
      .map((it) => `${before}/${it}/${after}`);
  } catch {
    return [];
  }
}

function readOne(path: string, root: Root): FileText | undefined {
  if (!existsSync(pathOf(root, path))) return undefined; // wherever that leads: most have only one of the files
  try {
    return inFolderOf(path, root, false, (folder, name) => {
      const fd = openFile(path, name, folder, root, false);
      if (fd === undefined) return undefined;
      try {
        const text = readFileSync(fd, 'utf8');
        // Whose it is matters only where something of ours stands in it: most containers are spared the question.
        if (text.includes(BLOCK_BEGIN)) checkOwn(path, fd, root);
        return { path, text };
      } finally {
        closeSync(fd);
      }
    });
  } catch {
    return undefined; // what we may not touch has nothing of ours
  }
}
