import { type Commands, fail, type Found, type ReadQuery } from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { type Answers, ask, type AskOptions, inNamespace, inUnseen } from '../survey/answers.js';
import type { Asked, Asker, Point } from '../survey/asker.js';

/** The host whose programs are asked. */
export interface Subject extends Pick<Asker, 'label' | 'atOnce'>, AskOptions {
  /** As `label`, within a sentence. */
  readonly where: string;
}

const THIS_HOST: Subject = { label: 'The host', where: 'this host', atOnce: Infinity };

/** Asks by the programs that each question names. */
export class ShellAsker implements Asker {
  readonly label: string;
  readonly atOnce: number;
  readonly #commands: Commands;
  readonly #where: string;
  readonly #options: AskOptions;

  constructor(commands: Commands, { label, where, atOnce, unseen }: Subject = THIS_HOST) {
    this.label = label;
    this.atOnce = atOnce;
    this.#commands = commands;
    this.#where = where;
    this.#options = { unseen };
  }

  async ask(queries: readonly ReadQuery[], of: Asked): Promise<Answers> {
    return ask(queries, of, this.#commands, this.#options);
  }

  async point(point: Point, { label, path }: Asked): Promise<readonly Found[]> {
    const enter = this.#options.unseen ? inUnseen : inNamespace;
    return this.#parsed(point, label, enter(path, point.argv));
  }

  async pointAnew(point: Point): Promise<readonly Found[]> {
    return this.#parsed(point, 'A new namespace', ['unshare', '--net', ...point.argv]);
  }

  async ipVersion(): Promise<string> {
    const { code, stdout } = await this.#commands.run(['ip', '-V']);
    if (code !== 0) fail(errors.noTool('ip', 'iproute2', this.#where));
    return /iproute2-([^\s,]+)/.exec(stdout)?.[1] ?? stdout.trim();
  }

  async #parsed({ argv, parse }: Point, label: string, words: readonly string[]): Promise<readonly Found[]> {
    const { code, stdout, stderr } = await this.#commands.run(words);
    return code === 0 ? parse(stdout) : fail(errors.surveyFailed(label, argv.join(' '), stderr.trim()));
  }
}
