export { findTopology } from './find.js';
export { type ArgvTopology, fromArgv } from './from-argv.js';
export { loadPlugins } from './plugins.js';
export { type ReadOptions, readTopology } from './topology.js';
