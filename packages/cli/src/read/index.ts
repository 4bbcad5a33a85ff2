export { findTopology } from './find.js';
export { fromArgv } from './from-argv.js';
export { loadPlugins } from './plugins.js';
export { readTopology } from './topology.js';
