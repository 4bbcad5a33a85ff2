import type { ResourceType } from '@pipewright/plugin';
import { errors } from '../errors.js';
import { show } from '../parse/show.js';
import { isMap } from '../parse/source.js';
import { blaming } from './blaming.js';

/** What must give a list of things. */
const LISTS: Readonly<Record<string, string>> = { parse: 'what was found', prepare: 'ops', write: 'ops' };

/** A resource type whose plugin is named where one of its functions throws, or gives what it must not. */
export const guardedType = (type: ResourceType, plugin: string): ResourceType =>
  new Proxy(type, {
    get: (it, key) => {
      const own: unknown = Reflect.get(it, key);
      if (typeof own !== 'function') return own;
      const name = String(key);
      return (...given: readonly unknown[]): unknown =>
        blaming(
          (words) => errors.typeThrew(it.type, plugin, name, words),
          () => listed(name, Reflect.apply(own, it, given)),
        );
    },
  });

function listed(name: string, given: unknown): unknown {
  const what = LISTS[name];
  if (what === undefined || (Array.isArray(given) && given.every(isMap))) return given;
  throw new TypeError(`it gave ${show(given)}, and no list of ${what}`);
}
