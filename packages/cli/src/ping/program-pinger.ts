import type { CommandResult, Commands, Echo, Echoed, Pinger, Placement } from '@pipewright/plugin';

const AT_ONCE = 8;
const TRIES = 3;

/** By the host's own ping(8), in the namespace it asks from: what is in a container need have none. */
export class ProgramPinger implements Pinger {
  readonly #commands: Commands;
  readonly #within: (on: Placement, argv: readonly string[]) => readonly string[];

  constructor(commands: Commands, within: (on: Placement, argv: readonly string[]) => readonly string[]) {
    this.#commands = commands;
    this.#within = within;
  }

  async ping(echoes: readonly Echo[]): Promise<readonly Echoed[]> {
    const answers = new Map<Echo, Echoed>();
    const queue = echoes.values();
    const worker = async (): Promise<void> => {
      for (const it of queue) answers.set(it, await this.#ask(it));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return echoes.flatMap((it) => answers.get(it) ?? []);
  }

  async #ask(echo: Echo): Promise<Echoed> {
    const argv = this.#within(echo.on, pingArgv(echo));
    const failures: CommandResult[] = [];
    while (failures.length < TRIES) {
      const result = await this.#commands.run(argv);
      if (result.code === 0) return { ms: roundTrip(result.stdout) };
      failures.push(result);
    }
    const words = failures.map(wordsOf);
    return { message: words.findLast((it) => !SILENT.test(it)) ?? words.at(-1) ?? '' };
  }
}

export const pingArgv = ({ address, family }: Pick<Echo, 'address' | 'family'>): readonly string[] => [
  ...['ping', `-${String(family)}`, '-n', '-c', '1', '-W', '1'],
  address,
];

/** `… time=0.053 ms` */
export const roundTrip = (stdout: string): number | null => {
  const ms = /time[=<]([\d.]+) ?ms/.exec(stdout)?.[1];
  return ms === undefined ? null : Number(ms);
};

const SILENT = /100% packet loss/;

/** Ping speaks on either stream; of its lines one that tells of a failure is enough, and who was told of it by another says most. */
function wordsOf({ stdout, stderr, code }: CommandResult): string {
  const lines = `${stderr}\n${stdout}`.split('\n').map((it) => it.trim());
  return (
    lines.find((it) => /^From (?!.*Redirect)/.test(it)) ??
    lines.find((it) => /unreachable|cannot|not |error|no (such|route)|100% packet loss/i.test(it)) ??
    `ping ended with ${String(code)}`
  );
}
