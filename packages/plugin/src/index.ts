/**
 * The whole contract of a pipewright plugin: a driver says what should exist, the core makes it so. Everything here is
 * data or a pure function of it.
 */
export * from './change.js';
export * from './command.js';
export * from './constructors.js';
export * from './container-kind.js';
export * from './define-plugin.js';
export * from './device-kind.js';
export * from './drivers.js';
export * from './duration.js';
export * from './engine.js';
export * from './errors.js';
export * from './host-device.js';
export * from './ip.js';
export * from './let-through.js';
export * from './model.js';
export * from './nft.js';
export * from './node-target.js';
export * from './op.js';
export * from './ports.js';
export * from './published-ports.js';
export * from './resource.js';
export * from './resource-type.js';
export * from './schema.js';
export * from './segment-switch.js';
export * from './service.js';
export { sha256 } from './sha256.js';
export * from './tokens.js';
export * from './tunnel.js';
export * from './underlay.js';
export * from './vlan-ranges.js';
export { splitWords } from './words.js';
