// What is timed.
import { fileURLToPath } from 'node:url';
import { timed } from './measure.mjs';

export const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const bin = here('../packages/cli/bin/pipewright.cjs');

export const cliOf = ({ cli = bin }, nodeOptions = []) => [process.execPath, ...nodeOptions, cli];

/** The least a program in Node can take. */
export const bareNode = () => timed([process.execPath, '-e', '0']);

export const byHand = (script, nodes) => timed(['bash', here(`by-hand/${script}.sh`), String(nodes)]);

/** A command that changes a topology, without a word. */
export const pipewright = (setting, command, file, { options, env } = {}) =>
  timed([...cliOf(setting, options), command, '-f', file, '--yes', '--quiet'], { env });
