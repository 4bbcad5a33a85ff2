import { emptyMap, isList, type Mark, type Source, type Tree } from './source.js';

/** The same input with each link `[web:eth5, probe:eth1]` written as `{ endpoints: [web:eth5, probe:eth1] }`. */
export function spellOutPairs(source: Source): Source {
  const links = source.valueAt(['links']);
  if (links === undefined || !isList(links)) return source;
  const places = source.marks.get(links) ?? new Map<string, Mark>();
  const spelled = links.map((link, index) => (isList(link) ? asMap(link, places.get(String(index)), source) : link));
  source.marks.set(spelled, places);
  return source.with('links', spelled);
}

function asMap(endpoints: Tree, place: Mark | undefined, source: Source): Tree {
  const link = Object.assign(emptyMap(), { endpoints });
  source.marks.set(link, new Map(place ? [['endpoints', place]] : []));
  return link;
}
