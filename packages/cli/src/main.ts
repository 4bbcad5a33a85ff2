import './zod-settings.js'; // first
import { standardOutput } from './output/channel.js';
import { tellOfLoss, runCommandLine } from './run.js';

declare const __VERSION__: string;

/** Resolves to the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  if (argv.length !== 1 || argv[0] !== '--version') return runCommandLine(argv);
  standardOutput.write(`${__VERSION__}\n`);
  return 0;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

// A stream tells of its failure late.
process.on('exit', (code) => {
  if (!standardOutput.loss) return;
  tellOfLoss(standardOutput.loss);
  if (code === 0) process.exitCode = 1;
});
