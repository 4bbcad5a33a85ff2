import { type Change, type Observed, type Resource, type ResourceType, keyOf } from '@pipewright/plugin';
import { describe, expect, test } from 'vitest';
import { WORD } from './driver.js';
import { deepFreeze } from './freeze.js';

/**
 * What every resource type holds to: `resources` are some as a driver would build them. That `parse` reads what
 * `write` made, only a kernel can tell.
 */
export function resourceTypeSuite(type: ResourceType, resources: readonly Resource[]): void {
  describe(`resource type ${type.type}`, () => {
    test('its type is a word', () => expect(type.type).toMatch(WORD));

    test('classes are of attributes that it has', () => {
      const attributes = Object.keys(type.attrs.shape);
      expect(Object.keys(type.classes ?? {}).filter((name) => name !== '*' && !attributes.includes(name))).toEqual([]);
    });

    test('reads nothing from empty answers', () => {
      const answers = deepFreeze(type.queries.map(() => []));
      expect(type.parse(answers, { on: { host: 'local' }, nodes: [], deviceKind: () => undefined })).toEqual([]);
    });

    for (const resource of resources.map(deepFreeze)) exampleTests(type, resource);
  });
}

function exampleTests(type: ResourceType, resource: Resource): void {
  test(`${resource.id}: attributes fit the schema, and the key follows from them`, () => {
    expect(type.attrs.safeParse(resource.attrs).error).toBeUndefined();
    expect(resource.key).toBe(keyOf(type.type, resource.on, type.name(resource.attrs)));
  });

  test(`${resource.id}: is made and unmade, the same way each time`, () => {
    for (const change of [made(resource), unmade(resource)].map(deepFreeze)) {
      const ops = type.write(change, { role: 'alone' });
      if (!type.irreversible) expect(ops).not.toEqual([]);
      expect(type.write(change, { role: 'alone' })).toEqual(ops);
    }
  });

  const { mark, owner } = type;
  if (!mark || !owner) return;
  test(`${resource.id}: its mark names its topology`, () => {
    const marked = mark(resource, 'shop');
    expect(owner(marked, [marked], 'shop')).toBe('shop');
  });
}

const made = (after: Resource): Change => ({ action: 'create', ...common(after), after, fields: [] });

const unmade = (before: Observed): Change => ({ action: 'delete', ...common(before), before, fields: [] });

const common = ({ type, key, id, on }: Resource): Pick<Change, 'type' | 'key' | 'id' | 'on'> => ({ type, key, id, on });
