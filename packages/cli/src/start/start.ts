import { readFileSync } from 'node:fs';
import { widenPath } from '@pipewright/host/wide-path';
import { standardError, standardOutput } from '../output/channel.js';
import { painter } from '../output/paint.js';
import type * as Again from './again.js';
import { askedHelp, helpText, type HelpTexts } from './help.js';
import { Program } from './program.js';

declare const __VERSION__: string;

const PROGRAM = 'pipewright.cjs';
const load: NodeJS.Require = require;
/** What the program takes for it where nothing is recorded: nobody loads the file for that. */
const NOT_RECORDED = { 'again.cjs': {} };

/** Answers at once what needs no program, in the program's own words; else runs it. */
function start(argv: readonly string[]): void {
  const text = argv.length === 1 && argv[0] === '--version' ? __VERSION__ : readyHelp(argv);
  const run = (): unknown => new Program(__dirname, require, argv[0], NOT_RECORDED).load(PROGRAM);
  if (text !== undefined) print(text, run);
  else if (argv[0] === 'up') up(argv);
  else run();
}

/** Mostly there is nothing to do, and to find that again takes no program. */
function up(argv: readonly string[]): void {
  const again = load(`${__dirname}/again.cjs`) as typeof Again;
  const run = (): unknown =>
    new Program(__dirname, again.begin().requiring(require), 'up', { 'again.cjs': again }).load(PROGRAM);
  const said = again.saidBefore(argv, `${__dirname}/${PROGRAM}`);
  if (!said) return void run();
  standardOutput.onLoss = run;
  for (const { to, text } of said) (to === 1 ? standardOutput : standardError).write(text);
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

widenPath();
start(process.argv.slice(2));
