import { fail, subnet, topologyName } from '@pipewright/plugin';
import { errors } from '../errors.js';

/** One thing that a first topology is made of: given by an option, or asked for. */
export interface Field<T> {
  readonly option: string;
  readonly question: string;
  readonly allowed: string;
  /** Undefined where the text is no such thing. */
  readonly read: (text: string) => T | undefined;
}

export interface FirstNetwork {
  readonly name: string;
  readonly subnet: string;
}

/** `docker,image=nginx`: a kind, with options of its own. */
export interface NodeKind {
  readonly kind: string;
  readonly options: readonly (readonly [name: string, value: string])[];
}

/** What an option says; throws where it says nothing that can be. */
export const given = <T>(field: Field<T>, text: string): T =>
  field.read(text) ?? fail(errors.optionValue(field.option, field.allowed, text));

const isName = (text: string): boolean => topologyName.safeParse(text).success;

export const nameField: Field<string> = {
  option: '--name',
  question: 'Name of the topology',
  allowed: 'letters, digits, _ . -, starting with a letter or digit',
  read: (text) => (isName(text) ? text : undefined),
};

const MOST_NODES = 1000;

export const nodesField: Field<readonly string[]> = {
  option: '--nodes',
  question: 'Nodes: how many, or their names',
  allowed: `a number from 1 to ${MOST_NODES}, or different names with commas between them`,
  read: (text) =>
    /^\d+$/.test(text) ? numberedNodes(Number(text)) : namedNodes(text.split(',').map((it) => it.trim())),
};

const numberedNodes = (count: number): readonly string[] | undefined =>
  count >= 1 && count <= MOST_NODES ? Array.from({ length: count }, (_, index) => `node${index + 1}`) : undefined;

const namedNodes = (names: readonly string[]): readonly string[] | undefined =>
  names.every(isName) && new Set(names).size === names.length ? names : undefined;

export const networkField: Field<FirstNetwork> = {
  option: '--network',
  question: 'Network: its subnet, or NAME=SUBNET',
  allowed: 'a subnet, with a name before it or not: 10.10.0.0/24, front=10.10.0.0/24',
  read: (text) => {
    const [, name = 'lan', prefix = ''] = /^(?:([^=]*)=)?(.*)$/s.exec(text) ?? [];
    return isName(name) && subnet.safeParse(prefix).success ? { name, subnet: prefix } : undefined;
  },
};

/** Of the kinds that there are, with options that only its driver knows. */
export const kindField = (kinds: readonly string[]): Field<NodeKind> => ({
  option: '--kind',
  question: `Kind of the nodes: ${kinds.join(', ')}`,
  allowed: `one of ${kinds.join(', ')}, or with options: KIND,OPTION=VALUE`,
  read: (text) => {
    const [kind = '', ...parts] = text.split(',');
    const options = parts.map((part) => /^([^=]+)=(.+)$/s.exec(part)?.slice(1) ?? []);
    return kinds.includes(kind) && options.every((it) => it.length === 2)
      ? { kind, options: options.map(([name = '', value = '']) => [name, value]) }
      : undefined;
  },
});
