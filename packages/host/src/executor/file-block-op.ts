import { type FileBlockOp, fail, type Placement, samePlace } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { writeFileBlock } from '../files/file-block.js';
import type { Root } from '../files/folder.js';
import { wordsOf } from '../words.js';
import type { Located } from './survey/located.js';

/** Whose files a place has: the host's, or those of a container that was seen. */
export function rootOf(on: Placement, located: readonly Located[]): Root {
  if (on.node === undefined) return {};
  const process = located.findLast((it) => samePlace(it.node.on, on))?.process;
  return process === undefined ? fail(errors.noFiles(on.node)) : { process };
}

/** Returns what went wrong. */
export function runFileBlock(op: FileBlockOp, rootOf: (on: Placement) => Root): string | undefined {
  try {
    writeFileBlock(op, rootOf(op.on));
    return undefined;
  } catch (error) {
    // Folders are entered by descriptors, which say nothing to anybody else.
    return wordsOf(error).replaceAll(/\/proc\/self\/fd\/\d+\/[^']*/g, op.path);
  }
}
