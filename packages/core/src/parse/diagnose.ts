import { ipAddress, type Path, z } from '@pipewright/plugin';
import type { Complaints } from './complaints.js';
import { didYouMean } from './did-you-mean.js';
import { ofAnotherLevel } from './levels.js';
import { otherWords } from './other-words.js';
import { errors } from './errors.js';
import { respelled } from './respelled.js';
import { isWriteOnly } from './write-only.js';
import { list, printable, quoted, show } from './show.js';

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

/** Where a checked value stands: `path` leads to it, messages name what is below it. */
export interface Place {
  readonly path: Path;
  /** What it is, in a message: `node "web"`, `a route`. */
  readonly name: string;
  readonly complaints: Complaints;
  /** Keys that it does not have and people look for there, and what to write instead. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  /** What to write for a key that is like none it has. */
  readonly ofAnother?: (key: string) => string | undefined;
  /** What is there is not shown. */
  readonly isSecret?: (below: Path) => boolean;
}

/** The value as its schema types it, or undefined and a complaint for each mistake. */
export function check<S extends z.ZodType>(schema: S, value: unknown, place: Place): z.output<S> | undefined {
  const parsed = schema.safeParse(value, { error: allowed });
  if (parsed.success) return parsed.data;
  const isSecret = (below: Path): boolean => isWriteOnly(schema, below);
  for (const issue of tellingOnes(parsed.error.issues)) report(issue, [], { ...place, isSecret });
  return undefined;
}

/** A number beyond what JavaScript counts exactly is beyond what is allowed as well: the latter says more, and comes last. */
const tellingOnes = (issues: readonly Issue[]): readonly Issue[] =>
  issues.filter(
    ({ code, path }, index) =>
      (code !== 'too_small' && code !== 'too_big') ||
      !issues.slice(index + 1).some((later) => later.code === code && later.path.join('\n') === path.join('\n')),
  );

/** `above` leads from the checked value to where the issue's own path starts. */
function report(issue: Issue, above: Path, place: Place): void {
  const below = [...above, ...(issue.path as Path)];
  switch (issue.code) {
    case 'unrecognized_keys':
      for (const key of issue.keys) unknownKey([...below, key], issue.message.split(', '), place);
      return;
    case 'invalid_union':
      reportUnion(issue, below, place);
      return;
    case 'invalid_key':
      badKey(below, issue.issues[0]?.message ?? issue.message, place);
      return;
    case 'invalid_value':
      badValue(below, issue.message, place, issue.values.map(String));
      return;
    case 'invalid_type':
    case 'invalid_format':
    case 'invalid_element':
    case 'too_small':
    case 'too_big':
    case 'not_multiple_of':
    case 'custom':
      badValue(below, issue.message, place);
  }
}

/** Complains about the alternative that the value was meant for; where it fits none, names them all. */
function reportUnion(issue: z.core.$ZodIssueInvalidUnion, below: Path, place: Place): void {
  const meant = issue.errors.find((branch) => !branch.some(isMisfit));
  if (meant) for (const inner of tellingOnes(meant)) report(inner, below, place);
  else badValue(below, alternatives(issue).join(' or '), place, literals(issue));
}

/** Not even the right sort of value. */
const isMisfit = (issue: Issue): boolean =>
  issue.path.length === 0 &&
  (issue.code === 'invalid_type' ||
    issue.code === 'invalid_value' ||
    (issue.code === 'invalid_union' && issue.errors.every((branch) => branch.some(isMisfit))));

function alternatives(issue: Issue): readonly string[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue.message];
  return [...new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).flatMap(alternatives)))];
}

const literals = (issue: z.core.$ZodIssueInvalidUnion): readonly string[] =>
  issue.errors.flat().flatMap((inner) => (inner.code === 'invalid_value' ? inner.values.map(String) : []));

export function unknownKey(below: Path, allowedKeys: readonly string[], place: Place): void {
  const { path, name, complaints, isSecret, elsewhere = {}, ofAnother } = place;
  const key = String(below.at(-1));
  const where = below.length > 1 ? label(below.slice(0, -1)) : name;
  const instead = below.length === 1 && Object.hasOwn(elsewhere, key) ? elsewhere[key] : undefined;
  const meant = instead === undefined ? meantKey(key, allowedKeys) : undefined;
  const another = (): string | undefined => ofAnother?.(key) ?? ofAnotherLevel(key, complaints.levels());
  complaints.addAtKey(
    errors.unknownKey(key, where, allowedKeys, meant, instead ?? (meant === undefined ? another() : undefined)),
    [...path, ...below],
    isSecret?.(below.slice(0, -1)),
  );
}

const meantKey = (key: string, allowedKeys: readonly string[]): string | undefined =>
  otherWords(key).find((it) => allowedKeys.includes(it)) ?? didYouMean(key, allowedKeys);

function badKey(below: Path, allowedKey: string, { path, complaints }: Place): void {
  const where = below.length > 1 ? `The key in ${label(below.slice(0, -1))}` : 'The key';
  complaints.addAtKey(errors.badValue(where, quoted(String(below.at(-1))), allowedKey), [...path, ...below]);
}

function badValue(below: Path, allowedValue: string, place: Place, words: readonly string[] = []): void {
  const path = [...place.path, ...below];
  const value = place.complaints.source.valueAt(path);
  if (value === undefined) {
    missing(below, allowedValue, place);
    return;
  }
  const field = below.length === 0 ? capitalised(place.name) : label(below);
  if (place.isSecret?.(below)) {
    place.complaints.add(errors.badValue(field, hidden(value), allowedValue), path, undefined, true);
    return;
  }
  const written = place.complaints.source.written(path);
  const suggestion =
    typeof value === 'string' ? (didYouMean(value, words) ?? respelled(value, allowedValue)) : undefined;
  place.complaints.add(
    errors.badValue(field, show(value, written), allowedValue, suggestion, rewrittenFix(value, allowedValue, written)),
    path,
  );
}

/** What sort of value a secret is. */
const hidden = (value: unknown): string =>
  typeof value === 'object' ? show(value) : `${typeWords[typeof value] ?? typeof value} that is not shown`;

function missing(below: Path, allowedValue: string, { path, name, complaints, isSecret }: Place): void {
  const where = below.length > 1 ? label(below.slice(0, -1)) : capitalised(name);
  const within = below.slice(0, -1);
  complaints.add(
    errors.missingKey(String(below.at(-1)), where, allowedValue),
    [...path, ...within],
    undefined,
    isSecret?.(within),
  );
}

/**
 * YAML reads `0123` as a number and `"1400"` as text: the remedy is a pair of quotes more or less. That `yes` is true it
 * said until version 1.2 (2009).
 */
function rewrittenFix(value: unknown, allowedValue: string, written: string | undefined): string | undefined {
  if (typeof value === 'string' && allowedValue === 'a map' && ipAddress.safeParse(value).success)
    return `Write a map: { address: ${value} }.`;
  if (typeof value === 'number' && allowedValue.startsWith('text'))
    return `Put it in quotes: "${printable(written ?? String(value))}".`;
  if (typeof value === 'string' && /^\d+$/.test(value) && /number|MTU/.test(allowedValue))
    return `Take the quotes away: ${written ?? value}.`;
  if (typeof value === 'string' && allowedValue.includes('true or false'))
    return /^(yes|on|y|true)$/i.test(value)
      ? 'Write true, without quotes.'
      : /^(no|off|n|false)$/i.test(value)
        ? 'Write false, without quotes.'
        : undefined;
  return undefined;
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `networks.lan.mtu`, `routes[0].to` */
const label = (path: Path): string =>
  path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${printable(step)}`))
    .join('');

/**
 * What would have been right, for schemas that do not say it themselves: zod asks here only for those. Of unknown keys,
 * the known ones.
 */
function allowed(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return describe(issue, typeWords[issue.expected] ?? `a ${issue.expected}`);
    case 'invalid_value':
      return issue.values.length === 1 ? `\`${String(issue.values[0])}\`` : `one of ${list(issue.values.map(String))}`;
    case 'unrecognized_keys':
      return issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape).join(', ') : '';
    case 'too_small':
      return describe(issue, `${sizeWords[issue.origin] ?? 'a value'} of at least ${String(issue.minimum)}`);
    case 'too_big':
      return describe(issue, `${sizeWords[issue.origin] ?? 'a value'} of at most ${String(issue.maximum)}`);
    case 'invalid_format':
      return describe(
        issue,
        issue.pattern === undefined ? `text of the form ${issue.format}` : `text that matches ${issue.pattern}`,
      );
    case 'not_multiple_of':
      return `a multiple of ${String(issue.divisor)}`;
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return describe(issue, 'another value');
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'nothing',
};

const sizeWords: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text with a length',
  array: 'a list with a length',
};

function describe(issue: RawIssue, words: string): string {
  const description = issue.inst instanceof z.ZodType ? z.globalRegistry.get(issue.inst)?.description : undefined;
  return description === undefined ? words : `${words} (${description.replace(/\.$/, '')})`;
}
