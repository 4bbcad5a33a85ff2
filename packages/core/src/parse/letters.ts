import { changed, changeNodes } from './change-nodes.js';
import type { Source } from './source.js';

/** The same input with what stands under `env` of nodes to the letter: programs tell `1.10` from `1.1`. */
export const keepLetters = (source: Source): Source =>
  changeNodes(source, (value, key) =>
    key === 'env' ? changed(value, source, (it, _, mark) => mark?.text ?? it) : value,
  );
