import { type EngineAnswer, engineSays } from '@pipewright/plugin';

/** `1.41`: its numbers count, not its text. */
export function isOlder(version: string, than: string): boolean {
  const [[major, minor], [thanMajor, thanMinor]] = [numbersOf(version), numbersOf(than)];
  return major === thanMajor ? minor < thanMinor : major < thanMajor;
}

export const isApiVersion = (text: unknown): text is string => typeof text === 'string' && /^\d+\.\d+$/.test(text);

function numbersOf(version: string): readonly [number, number] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return [major, minor];
}

/** Its own minimum and maximum an engine tells only who asks for less or for more. */
export const refusesVersion = (answer: EngineAnswer): boolean =>
  answer.status === 400 && /client version \S+ is too (new|old)/i.test(engineSays(answer));
