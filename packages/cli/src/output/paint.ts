import { styleText } from 'node:util';
import type { Channel } from './channel.js';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/** Colours text for one channel, where that shows colours (NO_COLOR and FORCE_COLOR decide first). */
export type Paint = (style: Style, text: string) => string;

export function painter(channel: Channel): Paint {
  if (!channel.isTerminal && process.env['FORCE_COLOR'] === undefined) return plain;
  const stream = channel.stream();
  return (style, text) => styleText(style, text, { stream });
}

export const plain: Paint = (_, text) => text;

/** Whatever the stream and the environment are. */
export const coloured: Paint = (style, text) => styleText(style, text, { validateStream: false });
