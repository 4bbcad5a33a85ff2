import type { Plan } from '@pipewright/core';
import type { Attrs, Change, ChangeAction } from '@pipewright/plugin';
import type { Paint, Style } from '../output/paint.js';
import { placeWords } from '../output/place.js';
import { count, printable } from '../output/text.js';
import { differing, nameIn, plainValue, shownValue } from './attributes.js';

/** A change as `plan --json` prints it. */
interface PlainChange {
  readonly host: string;
  /** Null on the host itself. */
  readonly node: string | null;
  readonly type: string;
  readonly id: string;
  readonly action: ChangeAction;
  readonly before: unknown;
  readonly after: unknown;
  readonly fields: readonly string[];
  readonly reason?: string;
}

export const planJson = ({ topology, changes, impact, notes }: Plan): object => ({
  topology,
  changes: changes.map(plainChange),
  impact: impact.map((it) => ({ ...it, change: nameIn(it.change) })),
  notes,
});

const plainChange = ({ on, type, id, action, before, after, fields, reason }: Change): PlainChange => ({
  host: on.host,
  node: on.node ?? null,
  type,
  id,
  action,
  before: before ? plainValue(before.attrs) : null,
  after: after ? plainValue(after.attrs) : null,
  fields,
  ...(reason === undefined ? {} : { reason }),
});

const SIGNS: Readonly<Record<ChangeAction, { readonly sign: string; readonly style: Style; readonly verb: string }>> = {
  create: { sign: '+', style: 'green', verb: 'create' },
  update: { sign: '~', style: 'yellow', verb: 'update' },
  replace: { sign: '-/+', style: 'yellow', verb: 'replace' },
  delete: { sign: '-', style: 'red', verb: 'delete' },
};

/** For people: what changes, by node; then whom it disturbs. */
export function planText(plan: Plan, paint: Paint, verbose: boolean): string {
  return [
    `${paint('bold', printable(plan.topology))}: ${tally(plan.changes)}`,
    ...byNode(plan.changes).flatMap(([node, changes]) => [
      '',
      paint('bold', printable(node)),
      ...changesText(changes, paint, verbose),
    ]),
    ...section(
      'Disturbed',
      plan.impact.map((it) => `${it.node}: ${it.effect}`),
      paint,
    ),
    ...section('Notes', plan.notes, paint),
  ].join('\n');
}

/** What is on the hosts themselves first, then each node in the order of the plan. */
function byNode(changes: readonly Change[]): readonly (readonly [string, readonly Change[]])[] {
  const places = new Map<string, Change[]>();
  const hosts = changes.filter(({ on }) => on.node === undefined);
  const nodes = changes.filter(({ on }) => on.node !== undefined);
  for (const change of [...hosts, ...nodes]) {
    const place = placeWords(change.on);
    const same = places.get(place);
    if (same) same.push(change);
    else places.set(place, [change]);
  }
  return [...places];
}

function tally(changes: readonly Change[]): string {
  const parts = Object.entries(SIGNS).flatMap(([action, { verb }]) => {
    const number = changes.filter((it) => it.action === action).length;
    return number === 0 ? [] : [`${String(number)} to ${verb}`];
  });
  return parts.length === 0 ? 'no changes' : `${count(changes.length, 'change')}: ${parts.join(', ')}`;
}

const section = (title: string, lines: readonly string[], paint: Paint): readonly string[] =>
  lines.length === 0 ? [] : ['', paint('bold', title), ...lines.map((it) => `  ${printable(it)}`)];

/** A node goes with all that is in it, as thousands of routes that a daemon has learned: the first of each type tell enough. */
function changesText(changes: readonly Change[], paint: Paint, verbose: boolean): readonly string[] {
  const gone = new Map<string, number>();
  const lines = changes.flatMap((it) => {
    if (verbose || it.action !== 'delete' || it.on.node === undefined) return [changeText(it, paint, verbose)];
    const number = (gone.get(it.type) ?? 0) + 1;
    gone.set(it.type, number);
    return number > MOST_OF_A_TYPE ? [] : [changeText(it, paint, verbose)];
  });
  const { sign, style } = SIGNS.delete;
  const more = [...gone].flatMap(([type, number]) =>
    number > MOST_OF_A_TYPE
      ? [`  ${paint(style, sign.padStart(3))} ${type}  ${String(number - MOST_OF_A_TYPE)} more: -v lists them`]
      : [],
  );
  return [...lines, ...more];
}

const MOST_OF_A_TYPE = 20;

function changeText(change: Change, paint: Paint, verbose: boolean): string {
  const { sign, style } = SIGNS[change.action];
  const words = [
    `  ${paint(style, sign.padStart(3))} ${printable(`${change.type} ${localId(change)}`)}`,
    ...(change.fields.length > 0 ? [fieldsText(change)] : []),
    ...kindText(change).map((it) => paint('dim', it)),
    // Why something goes is plain: nobody declares it.
    ...(change.reason === undefined || change.action === 'delete'
      ? []
      : [paint('dim', `(${printable(change.reason)})`)]),
  ];
  return [words.join('  '), ...(verbose ? attributes(change, paint) : [])].join('\n');
}

/** Under its node's name, a thing's own is enough. */
const localId = ({ id, on }: Change): string =>
  on.node !== undefined && id.startsWith(`${on.node}/`) ? id.slice(on.node.length + 1) : id;

const kindText = ({ action, before, after }: Change): readonly string[] => {
  const kind = (after ?? before)?.attrs['kind'];
  return typeof kind === 'string' && (action === 'create' || action === 'delete') ? [printable(kind)] : [];
};

const fieldsText = ({ fields, before, after }: Change): string =>
  fields
    .map((field) => {
      const [old, now] = [before?.attrs[field], after?.attrs[field]];
      const names = differing(old, now);
      return `${field}: ${names ? names.join(' ') : `${shownValue(old)} → ${shownValue(now)}`}`;
    })
    .join(', ');

const attributes = ({ before, after }: Change, paint: Paint): readonly string[] =>
  Object.entries((after ?? before)?.attrs ?? ({} satisfies Attrs)).map(([name, value]) =>
    paint('dim', `        ${name}: ${shownValue(value)}`),
  );
