import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Colours text for one stream, where that stream shows colours (NO_COLOR and FORCE_COLOR decide first). */
export type Paint = (style: Style, text: string) => string;

export const painter =
  (stream: NodeJS.WriteStream): Paint =>
  (style, text) =>
    styleText(style, text, { stream });

export const plain: Paint = (_, text) => text;
