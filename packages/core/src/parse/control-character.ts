/** `\p{Cc}` written out: V8 is slow to make the set. */
const CONTROL_CHARACTER = /[\0-\x1f\x7f-\x9f]/;

/** NUL, escape and the like. Tabs and line breaks may stand in text; the grammars of names refuse them. */
export const hasControl = (text: string): boolean => CONTROL_CHARACTER.test(text.replaceAll(/[\t\r\n]/g, ''));
