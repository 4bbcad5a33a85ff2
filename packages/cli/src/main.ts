import './zod-settings.js'; // first
import { widenPath } from '@pipewright/host/wide-path';
import { standardError, standardOutput } from './output/channel.js';
import { runCommandLine, tellOfLoss, tellUnfinished } from './run.js';

declare const __VERSION__: string;

widenPath(); // where nothing has started us quickly, and done so

/** Resolves to the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  if (argv.length !== 1 || argv[0] !== '--version') return runCommandLine(argv);
  standardOutput.write(`${__VERSION__}\n`);
  return 0;
}

let isDone = false;

/** At once: to take down piece by piece what Node has set up, and all that is in memory, takes as long as many a command. */
void main(process.argv.slice(2)).then(async (code) => {
  isDone = true;
  await standardOutput.gone();
  await standardError.gone();
  process.exit(code);
});

process.on('exit', (code) => {
  // Nothing is left that could end what waits, or somebody else's code has ended all.
  if (!isDone) {
    process.exitCode = tellUnfinished(process.argv.slice(2));
    return;
  }
  // A stream tells of its failure late.
  if (!standardOutput.loss) return;
  tellOfLoss(standardOutput.loss);
  if (code === 0) process.exitCode = 1;
});
