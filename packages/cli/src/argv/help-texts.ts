import { commands } from '../commands/index.js';
import { coloured, type Paint, plain } from '../output/paint.js';
import type { HelpTexts, ReadyText } from '../start/help.js';
import { commandHelp, overview } from './help.js';

/** All that help says, for the build to keep: see start/. */
export const helpTexts = (): HelpTexts => ({
  overview: painted((paint) => overview(commands, paint)),
  commands: Object.fromEntries(commands.map((it) => [it.name, painted((paint) => commandHelp(it, paint))])),
});

const painted = (text: (paint: Paint) => string): ReadyText => ({ plain: text(plain), coloured: text(coloured) });
