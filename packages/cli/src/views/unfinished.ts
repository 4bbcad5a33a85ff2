import type { Recovery } from '@pipewright/core';
import type { Unfinished } from '@pipewright/plugin';
import { count, printable } from '../output/text.js';

export const sinceText = (since: number): string => new Date(since).toISOString().replace(/\.\d+Z$/, 'Z');

const subject = ({ command, topology, since }: Unfinished): string =>
  `\`${printable(command)}\` of ${printable(topology)}, begun ${sinceText(since)},`;

/** A line on what was begun and is not finished. */
export function unfinishedText(it: Unfinished): string {
  const what = subject(it);
  if (it.where === 'before-boot') return `${what} was not finished, and went with the last boot`;
  if (it.where === 'elsewhere')
    return `${what} was not finished, in another network namespace than this; it can be undone there (${printable(it.record)})`;
  if (it.committed) return `${what} did its work, but not its record; \`pipewright recover\` completes it`;
  return `${what} was not finished; \`pipewright recover\` undoes it, and so does the next command that changes something`;
}

/** What `status --json` prints of it. */
export const unfinishedJson = ({ topology, command, since, where, committed, record }: Unfinished): object => ({
  topology,
  command,
  since: new Date(since).toISOString(),
  where,
  committed,
  record,
});

/** What became of it; a line more for each thing that was left alone. */
export function recoveryText(it: Recovery): string {
  const { of, leftAlone, away } = it;
  const unread = of.damaged && it.outcome !== 'untouched' && it.outcome !== 'gone';
  return [
    outcomeText(it),
    ...(unread
      ? [`  a part of ${printable(of.record)} could not be read: more may have been changed than was known`]
      : []),
    ...leftAlone.map(({ message }) => `  ${printable(message)}`),
    ...away.map(
      (host) =>
        `  host ${printable(host)} was not reached; \`pipewright recover --host ${printable(host)}\` puts it back when it is there again`,
    ),
  ].join('\n');
}

function outcomeText({ of, outcome, changes }: Recovery): string {
  const what = subject(of);
  const all = count(changes, 'change');
  switch (outcome) {
    case 'undone':
      return changes === 0
        ? `${what} was not finished; it had changed nothing`
        : `${what} was not finished; ${all} undone`;
    case 'partly':
      return `${what} was not finished; not all of its ${all} could be undone`;
    case 'completed':
      return `${what} had done its work; its record is complete now`;
    case 'accepted':
      return `${what} was not finished; the host is taken as it left it`;
    case 'gone':
    case 'untouched':
      return unfinishedText(of);
  }
}

/** What `recover --json` prints of it. */
export const recoveryJson = ({ of, outcome, changes, leftAlone, away }: Recovery): object => ({
  topology: of.topology,
  command: of.command,
  since: new Date(of.since).toISOString(),
  outcome,
  changes,
  leftAlone: leftAlone.map(({ message }) => message),
  away,
});
