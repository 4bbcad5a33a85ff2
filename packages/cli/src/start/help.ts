/** A text for terminals that show colours and for all else. */
export interface ReadyText {
  readonly plain: string;
  readonly coloured: string;
}

/** All that help says, made at build: to print it nothing has to be loaded. */
export interface HelpTexts {
  readonly overview: ReadyText;
  readonly commands: Readonly<Record<string, ReadyText>>;
}

/** The help asked for and nothing else: of all commands, or of one; undefined where something else is asked. */
export function askedHelp(argv: readonly string[]): { readonly of: string | undefined } | undefined {
  const [first, second, ...more] = argv;
  if (more.length > 0) return undefined;
  if (second === undefined)
    return first === undefined || first === 'help' || isHelp(first) ? { of: undefined } : undefined;
  if (first === 'help') return { of: second };
  return isHelp(second) ? { of: first } : undefined;
}

const isHelp = (word: string): boolean => word === '--help' || word === '-h';

/** Undefined for what is no command. */
export const helpText = (of: string | undefined, { overview, commands }: HelpTexts): ReadyText | undefined =>
  of === undefined ? overview : Object.hasOwn(commands, of) ? commands[of] : undefined;
