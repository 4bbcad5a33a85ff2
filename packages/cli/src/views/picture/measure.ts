import { columns } from '../../output/text.js';

/** Sizes in pixels; a picture has no fonts of its own, so that widths are those of the usual ones, and a little more. */
export const SIZE = { name: 14, small: 11 } as const;
export const LINE = 14;

const MONOSPACED = 0.61;
const SANS = 0.6;
const SANS_BOLD = 0.64;

/** Of a line in the monospaced font of nics and addresses. */
export const codeWidth = (text: string): number => columns(text) * SIZE.small * MONOSPACED;

export const smallWidth = (text: string): number => columns(text) * SIZE.small * SANS;

export const nameWidth = (text: string): number => columns(text) * SIZE.name * SANS_BOLD;

/** Of text that may be empty of lines. */
export const widest = (widths: readonly number[]): number => widths.reduce((most, it) => Math.max(most, it), 0);

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, it) => total + it, 0);
