import { type CommandResult, fail, type HostNotes, type HostTarget, type Whereabouts } from '@pipewright/plugin';
import { errors } from '../../errors.js';
import type { Program } from '../../ssh/framed.js';
import { RELAY_ENDED } from '../../ssh/relay.js';
import type { SshShell } from '../../ssh/ssh-shell.js';
import { type FarCommands, unrelayed } from './far-commands.js';
import { forget, keep, notesIn, SELF } from './far-questions.js';

const FOLDER = '/run/pipewright/journal';

/** What a host says of its notes and of who writes there: a shell that lives as long as the connection. */
type Told = readonly [self: CommandResult, look: CommandResult];

/** The notes of a host, read once: nobody else writes there while the lock is ours. */
export class FarNotes implements HostNotes {
  readonly #files: Map<string, string>;

  private constructor(
    private readonly shell: SshShell,
    private readonly target: HostTarget,
    readonly by: Whereabouts,
    files: ReadonlyMap<string, string>,
  ) {
    this.#files = new Map(files);
  }

  static ask(commands: FarCommands): Promise<Told> {
    return Promise.all([commands.ask(SELF), commands.ask(notesIn(FOLDER))]);
  }

  static of(shell: SshShell, target: HostTarget, [self, look]: Told): FarNotes {
    return new FarNotes(shell, target, byOf(self.stdout), filesIn(look.stdout));
  }

  read(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(this.#files);
  }

  async write(name: string, text: string): Promise<void> {
    await this.#run(keep(`${FOLDER}/${name}`, text), name);
    this.#files.set(name, text);
  }

  async remove(name: string): Promise<void> {
    if (!this.#files.has(name)) return;
    await this.#run(forget(`${FOLDER}/${name}`), name);
    this.#files.delete(name);
  }

  async #run(program: Program, name: string): Promise<void> {
    const [[result] = []] = await this.shell.run([{ programs: [program] }]);
    if (result?.code === RELAY_ENDED && program.relay !== undefined) return this.#run(unrelayed(program), name);
    if (result?.code !== 0) fail(errors.hostNotWritten(this.target.name, `${FOLDER}/${name}`, wordsOf(result)));
  }
}

const wordsOf = (result: CommandResult | undefined): string => result?.stderr.trim() || 'it was not run';

function byOf(printed: string): Whereabouts {
  const [boot, namespace, pid, started] = printed.trim().split(/\s+/);
  return { boot, namespace, pid: Number(pid), started };
}

/** Names are plain; what is in the files is counted in bytes. */
function filesIn(printed: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  let rest = Buffer.from(printed);
  for (;;) {
    const end = rest.indexOf('\n');
    const [, size, name = ''] = /^\s*(\d+) (.+)$/.exec(rest.subarray(0, end).toString()) ?? [];
    if (end < 0 || size === undefined) return files;
    const from = end + 1;
    files.set(name, rest.subarray(from, from + Number(size)).toString());
    rest = rest.subarray(from + Number(size));
  }
}
