import type { SilentEngine } from '@pipewright/plugin';
import { faultJson } from '../output/failure.js';
import { printable } from '../output/text.js';

/** What --json prints of container engines that did not answer. */
export const silentJson = (silent: readonly SilentEngine[]): readonly object[] =>
  silent.map(({ fault, ...it }) => ({ ...it, error: faultJson(fault) }));

/** For people. */
export const silentLine = ({ fault: { message } }: SilentEngine): string => `  ${printable(message)}`;
