const CONTROL_CHARACTER = /\p{Cc}/u;

/** NUL, escape and the like. Tabs and line breaks may stand in text; the grammars of names refuse them. */
export const hasControl = (text: string): boolean => CONTROL_CHARACTER.test(text.replaceAll(/[\t\r\n]/g, ''));
