import { type Path, z } from '@pipewright/plugin';
import { Complaints } from './complaints.js';
import { check } from './diagnose.js';
import { errors } from './errors.js';
import { show } from './show.js';
import { isList, type Source } from './source.js';

/** A plugin as a file asks for it. */
export interface PluginSpec {
  /** A path, relative to the file's folder, or the name of a package. */
  readonly use: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly path: Path;
}

const use = z.string().min(1).meta({ description: 'the path or the package name of a plugin' });

const plugin = z.union([use, z.looseObject({ use })]);

export const plugins = z.array(plugin);

/** What stands under `plugins:`, read before all else, for it says which kinds there are. parseTopology complains about it. */
export const pluginSpecs = (source: Source): readonly PluginSpec[] => readPlugins(new Complaints(source));

export function readPlugins(complaints: Complaints): readonly PluginSpec[] {
  const listed = complaints.source.valueAt(['plugins']) ?? [];
  if (!isList(listed)) {
    complaints.add(
      errors.badValue(
        'plugins',
        show(listed, complaints.source.written(['plugins'])),
        'a list of paths and package names',
      ),
      ['plugins'],
    );
    return [];
  }
  return listed.flatMap((item, index) => {
    const path = ['plugins', index];
    const spec = check(plugin, item, { path, name: 'a plugin', complaints });
    return spec === undefined ? [] : [pluginSpec(spec, path)];
  });
}

function pluginSpec(it: z.output<typeof plugin>, path: Path): PluginSpec {
  if (typeof it === 'string') return { use: it, options: {}, path };
  const { use, ...options } = it;
  return { use, options, path };
}
