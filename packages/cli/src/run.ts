import { hostErrors } from '@pipewright/host';
import { fail, PipewrightError } from '@pipewright/plugin';
import { commandHelp, overview } from './argv/help.js';
import { parseCommandLine } from './argv/parse.js';
import type { CommandSpec } from './spec/command.js';
import { commands } from './commands/index.js';
import type { GlobalValues } from './spec/shared-options.js';
import { errors } from './errors.js';
import { standardError, standardOutput } from './output/channel.js';
import { asFailure, failureJson, failureText } from './output/failure.js';
import { LiveProgress } from './output/live-progress.js';
import { type Manner, Output } from './output/output.js';
import { painter } from './output/paint.js';
import { LineProgress, NoProgress, type Progress } from './output/progress.js';
import { readInput } from './output/read-input.js';
import { Session } from './session.js';

/** Parses, runs, tells what went wrong; resolves to the exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  // What can be told before the command line is understood, as that may be what is wrong.
  let output = new Output(mannerOf(argv));
  try {
    const asked = await parseCommandLine(argv, commands);
    if ('help' in asked) {
      output.print(asked.help ? commandHelp(asked.help, output.paint) : overview(commands, output.paint));
      return 0;
    }
    const { command, words } = asked;
    const options = asked.options as GlobalValues; // the parser reads what the specs declare
    output = new Output(options);
    requireRoot(command, asked.options);
    const session = new Session(options, progressFor(output, command));
    return await command.run({ options, words, session, output }).finally(() => session.close());
  } catch (error) {
    return tell(error, output);
  }
}

/** Of a command that has not come to its end, and will not; returns the exit code. */
export const tellUnfinished = (argv: readonly string[]): number =>
  tell(new PipewrightError(errors.unfinished()), new Output(mannerOf(argv)));

/** Of standard output, on which nothing can be told any more. */
export function tellOfLoss({ message }: Error): void {
  const fault = errors.outputLost(message.replace(/, write$/, ''));
  const paint = painter(standardError);
  standardError.write(`${failureText(new PipewrightError(fault), { paint, verbose: false, read: readInput })}\n`);
}

function mannerOf(argv: readonly string[]): Manner {
  const own = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length);
  return { json: own.includes('--json'), quiet: false, verbose: own.includes('--verbose') || own.includes('-v') };
}

function requireRoot({ needsRoot }: CommandSpec, options: Readonly<Record<string, unknown>>): void {
  if (!needsRoot || options['dry-run'] === true || process.getuid?.() === 0) return;
  fail(hostErrors.needsRoot());
}

function progressFor(output: Output, { options, brief }: CommandSpec): Progress {
  const { manner } = output;
  if (manner.quiet || manner.json || brief || !('dry-run' in options))
    return new NoProgress((line) => output.say(line));
  if (!canDraw()) return new LineProgress((line) => output.say(line));
  return new LiveProgress();
}

/** A list that is drawn again and again needs a terminal that says how wide it is. */
const canDraw = (): boolean => standardError.isTerminal && standardOutput.isTerminal && process.stdout.columns > 0;

function tell(error: unknown, output: Output): number {
  const failure = asFailure(error);
  const { manner, paintTalk: paint } = output;
  if (manner.json) output.data(failureJson(failure));
  else standardError.write(`${failureText(failure, { paint, verbose: manner.verbose, read: readInput })}\n`);
  return failure.exit;
}
