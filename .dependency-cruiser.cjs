/** Who may import whom. testkit may import all of them, and a test may import testkit. */
const mayImport = {
  plugin: [],
  kernel: ['plugin'],
  core: ['plugin'],
  plugins: ['plugin'],
  host: ['plugin', 'kernel', 'core'],
  cli: ['plugin', 'kernel', 'core', 'host', 'plugins'],
};

/** Pure packages use no Node API, and of npm only these. */
const pure = {
  plugin: ['ip-address', 'zod'],
  kernel: [],
  core: ['reflect-metadata', 'tsyringe', 'yaml'],
  plugins: ['zod'],
};

const test = '[.]test[.]ts$';
const folder = (name) => (name === 'plugins' ? 'plugins' : `packages/${name}`);
const anyOf = (paths) => `^(${paths.join('|')})/`;
const workspace = '^(packages/[^/]+|plugins)/';
const inPure = anyOf(Object.keys(pure).map(folder));

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    ...Object.entries(mayImport).map(([name, others]) => ({
      name: `direction-${name}`,
      severity: 'error',
      from: { path: `^${folder(name)}/`, pathNot: test },
      to: { path: workspace, pathNot: anyOf([name, ...others].map(folder)) },
    })),
    {
      name: 'kinds-apart',
      severity: 'error',
      from: { path: '^plugins/([^/]+)/' },
      to: { path: '^plugins/[^/]+/', pathNot: '^plugins/$1/' },
    },
    ...Object.entries(pure).map(([name, modules]) => ({
      name: `npm-${name}`,
      severity: 'error',
      from: { path: `^${folder(name)}/`, pathNot: test },
      to: { path: 'node_modules/', pathNot: modules.map((module) => `node_modules/${module}/`) },
    })),
    {
      name: 'pure-without-node',
      severity: 'error',
      from: { path: inPure, pathNot: test },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|buffer)$' }, // hashing touches no host
    },
    {
      // reflect-metadata must load before tsyringe, and there must be one copy of it.
      name: 'tsyringe-only-in-di',
      severity: 'error',
      from: { pathNot: '^packages/core/src/di[.]ts$' },
      to: { path: 'node_modules/(tsyringe|reflect-metadata)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: `${workspace}dist/` },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@pipewright/source', 'import', 'node', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
