import { z } from '@pipewright/plugin';
import type { Container } from './container.js';
import { refusals } from './refusals.js';

/** As the API takes them: `{"label":["a=1"]}`, and as Docker's own command sends them: `{"label":{"a=1":true}}`. */
const given = z.record(
  z.string(),
  z.union([z.array(z.string()), z.record(z.string(), z.boolean()).transform(Object.keys)]),
);

/** Whether a container is meant by one value of a filter. */
const FILTERS: Readonly<
  Record<string, { readonly all?: true; readonly fits: (it: Container, value: string) => boolean }>
> = {
  // Each label that is named must be there; of names one will do.
  label: { all: true, fits: ({ config: { Labels: labels } }, value) => hasLabel(labels ?? {}, value) },
  name: { fits: ({ name }, value) => [name, `/${name}`].some((it) => new RegExp(value).test(it)) },
};

export function filterOf(text: string): (it: Container) => boolean {
  const filters = Object.entries(parse(text)).map(([name, values]) => {
    const { all, fits } = FILTERS[name] ?? refuse(name);
    return (it: Container) =>
      all ? values.every((value) => fits(it, value)) : values.some((value) => fits(it, value));
  });
  return (it) => filters.every((fits) => fits(it));
}

function parse(text: string): z.output<typeof given> {
  try {
    return given.parse(JSON.parse(text));
  } catch (error) {
    throw refusals.badFilters(String(error));
  }
}

function refuse(name: string): never {
  throw refusals.unknownFilter(name);
}

/** `key`, or `key=value`. */
function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [key = '', ...value] = wanted.split('=');
  return value.length > 0 ? labels[key] === value.join('=') : key in labels;
}
