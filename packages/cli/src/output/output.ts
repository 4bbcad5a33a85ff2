import { isSecret } from '@pipewright/plugin';
import { standardError, standardOutput } from './channel.js';
import { painter } from './paint.js';
import { SECRET } from './text.js';

/** How much a command says, and in which words. */
export interface Manner {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Results go to standard output, all talk to standard error. */
export class Output {
  readonly paint = painter(standardOutput);
  readonly paintTalk = painter(standardError);

  constructor(readonly manner: Manner) {}

  /** The result for people. */
  print(text: string): void {
    standardOutput.write(`${text}\n`);
  }

  /** The result for programs: the whole of what a command prints with --json. */
  data(value: unknown): void {
    this.print(JSON.stringify(value, (_, it: unknown) => (isSecret(it) ? SECRET : it), 2));
  }

  /** The result in the form that was asked for. */
  result(value: () => unknown, text: () => string): void {
    if (this.manner.json) this.data(value());
    else this.print(text());
  }

  /** What was done: a result that nobody asked for in words. */
  done(value: () => unknown, text: () => string): void {
    if (this.manner.json || !this.manner.quiet) this.result(value, text);
  }

  /** Talk beside the result: warnings, progress, what a question is about. */
  say(text: string): void {
    if (!this.manner.quiet) standardError.write(`${text}\n`);
  }
}
