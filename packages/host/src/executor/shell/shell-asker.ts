import { type Commands, fail, type Found, type ReadQuery } from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { type Answers, ask, inNamespace } from '../survey/answers.js';
import type { Asked, Asker, Point } from '../survey/asker.js';

/** Asks by the programs that each question names. */
export class ShellAsker implements Asker {
  readonly #commands: Commands;

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  async ask(queries: readonly ReadQuery[], of: Asked): Promise<Answers> {
    return ask(queries, of, this.#commands);
  }

  async point(point: Point, { label, path }: Asked): Promise<readonly Found[]> {
    return this.#parsed(point, label, inNamespace(path, point.argv));
  }

  async pointAnew(point: Point): Promise<readonly Found[]> {
    return this.#parsed(point, 'A new namespace', ['unshare', '--net', ...point.argv]);
  }

  async ipVersion(): Promise<string> {
    const { code, stdout } = await this.#commands.run(['ip', '-V']);
    if (code !== 0) fail(errors.noTool('ip', 'iproute2'));
    return /iproute2-([^\s,]+)/.exec(stdout)?.[1] ?? stdout.trim();
  }

  async #parsed({ argv, parse }: Point, label: string, words: readonly string[]): Promise<readonly Found[]> {
    const { code, stdout, stderr } = await this.#commands.run(words);
    return code === 0 ? parse(stdout) : fail(errors.surveyFailed(label, argv.join(' '), stderr.trim()));
  }
}
