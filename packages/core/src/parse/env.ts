import type { Fault } from '@pipewright/plugin';
import { errors } from './errors.js';

export type Env = Readonly<Record<string, string | undefined>>;

export interface Substituted {
  readonly text: string;
  readonly faults: readonly Fault[];
}

const REFERENCE = /\$\$|\$\{([^}]*)\}|\$\{/g;
const BODY = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?])(.*))?$/s;

/** Is the text one reference and nothing else? */
export const isReference = (text: string): boolean => /^\$\{[^}]*\}$/.test(text);

/**
 * Fills in `${VAR}`, `${VAR:-default}`, `${VAR-default}`, `${VAR:?message}` and `${VAR?message}`, as a shell does; with
 * the colon an empty variable counts as unset. `$$` is a dollar sign; any other `$` stands for itself.
 */
export function substitute(text: string, env: Env): Substituted {
  const faults: Fault[] = [];
  const filled = text.replaceAll(REFERENCE, (written: string, body: string | undefined) => {
    if (written === '$$') return '$';
    const value = valueOf(written, body ?? '', env);
    if (typeof value === 'string') return value;
    faults.push(value);
    return '';
  });
  return { text: filled, faults };
}

function valueOf(written: string, body: string, env: Env): string | Fault {
  const parts = BODY.exec(body);
  if (!parts || body.includes('${')) return errors.badReference(written);
  const [, name = '', operator = '', word = ''] = parts;
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (value !== undefined && !(operator.startsWith(':') && value === '')) return value;
  return operator.endsWith('-') ? word : errors.unsetVariable(name, word);
}
