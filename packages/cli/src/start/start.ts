import { readFileSync } from 'node:fs';
import { standardOutput } from '../output/channel.js';
import { painter } from '../output/paint.js';
import { askedHelp, helpText, type HelpTexts } from './help.js';
import { Program } from './program.js';

declare const __VERSION__: string;

/** Answers at once what needs no program, in the program's own words; else runs it. */
function start(argv: readonly string[]): void {
  const text = argv.length === 1 && argv[0] === '--version' ? __VERSION__ : readyHelp(argv);
  const run = (): unknown => new Program(__dirname, require, argv[0]).load('pipewright.cjs');
  if (text === undefined) run();
  else print(text, run);
}

function readyHelp(argv: readonly string[]): string | undefined {
  const asked = askedHelp(argv);
  const text = asked && helpText(asked.of, JSON.parse(readFileSync(`${__dirname}/help.json`, 'utf8')) as HelpTexts);
  return text && (painter(standardOutput)('bold', 'x') === 'x' ? text.plain : text.coloured);
}

/** Where it cannot be written, the program knows how to say so. */
function print(text: string, run: () => unknown): void {
  standardOutput.onLoss = run;
  standardOutput.write(`${text}\n`);
}

start(process.argv.slice(2));
