/** What YAML takes for its own inside `[…]` and `{…}`, where `{ image: ${IMAGE} }` would begin another map. */
const TAKEN = '{}[],';

/** Private use (Unicode 23.5): stand in for those, so that every place in the text stays where it is. */
const FIRST = 0xe000;
const STAND_IN = /[\ue000-\ue004]/g;

const REFERENCE = /\$\{[^}\n]*\}/g;

export interface FlowReferences {
  /** For the YAML parser. */
  readonly hidden: string;
  /** Of what it found, as it was written. */
  readonly reveal: (text: string) => string;
}

/** Lets `${NAME}` stand in `[…]` and `{…}` without quotes. */
export function hideReferences(text: string): FlowReferences {
  if (!text.includes('${') || text.search(STAND_IN) >= 0) return { hidden: text, reveal: (it) => it };
  return {
    hidden: text.replaceAll(REFERENCE, (reference) => reference.replaceAll(/[{}[\],]/g, standIn)),
    reveal: (it) => it.replaceAll(STAND_IN, (letter) => TAKEN.charAt(letter.charCodeAt(0) - FIRST)),
  };
}

const standIn = (letter: string): string => String.fromCharCode(FIRST + TAKEN.indexOf(letter));
