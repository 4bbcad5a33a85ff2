import { fail } from '@pipewright/plugin';
import { complete, completionLines } from '../completion/complete.js';
import { errors } from '../completion/errors.js';
import { KnownNames } from '../completion/names.js';
import { isShell, scripts } from '../completion/scripts.js';
import { composeEngine } from '../engine.js';
import type { Session } from '../session.js';
import { command, type CommandSpec } from '../spec/command.js';
import { globalOptions } from '../spec/shared-options.js';

/** `commands` has this one, too. */
const completion = (commands: () => readonly CommandSpec[]): CommandSpec =>
  command({
    name: 'completion',
    group: 'more',
    summary: 'print what makes a shell complete our commands',
    details:
      'Commands, options and their values, topologies that are up, nodes and networks of the nearest topology file, and for `attach` the containers and namespaces that there are. With words after `--`, each with = before it, it prints what may stand in the place of the last: that is how the script asks.',
    examples: [
      { line: 'pipewright completion bash', does: '~/.bashrc: eval "$(pipewright completion bash)"' },
      { line: 'pipewright completion zsh', does: '~/.zshrc, after compinit: eval "$(pipewright completion zsh)"' },
      { line: 'pipewright completion fish', does: 'once, into ~/.config/fish/completions/pipewright.fish' },
    ],
    positionals: [
      { name: 'SHELL', summary: 'bash, zsh or fish', required: true },
      { name: 'WORD', summary: 'words of a command line, up to the cursor, each with = before it', many: true },
    ],
    options: globalOptions,
    run: async ({ words: [shell = '', ...typed], session, output }) => {
      if (!isShell(shell)) return fail(errors.unknownShell(shell, Object.keys(scripts)));
      output.print(typed.length === 0 ? scripts[shell] : await answer(typed, commands(), session));
      return 0;
    },
  });

export default completion;

/** Whatever is wrong with the words, or with a file, is for the command itself to tell. */
async function answer(
  typed: readonly string[],
  commands: readonly CommandSpec[],
  { progress }: Session,
): Promise<string> {
  const words = typed.map((it) => it.replace(/^=/, ''));
  try {
    return completionLines(await complete(words, commands, new KnownNames(() => composeEngine([], progress))));
  } catch {
    return completionLines({ others: 'none', candidates: [] });
  }
}
