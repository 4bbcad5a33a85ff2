import type { DeviceKind } from './device-kind.js';
import type { FabricDriver, FeatureDriver, LinkDriver, NetworkDriver, NodeDriver } from './drivers.js';
import type { Engines } from './engine.js';
import type { Allotments, Clock, Commands, Executor, FileSystem, Journal, Ledger, Lock, Reporter } from './ports.js';
import type { ResourceType } from './resource-type.js';

declare const of: unique symbol;

/** What a container is asked by. `Symbol.for`, so that two copies of this package mean the same. */
export type Token<T> = symbol & { readonly [of]: (it: T) => T };

const token = <T>(name: string): Token<T> => Symbol.for(`pipewright.${name}`) as Token<T>;

export const NODE_DRIVER = token<NodeDriver>('NodeDriver');
export const NETWORK_DRIVER = token<NetworkDriver>('NetworkDriver');
export const LINK_DRIVER = token<LinkDriver>('LinkDriver');
export const FABRIC_DRIVER = token<FabricDriver>('FabricDriver');
export const FEATURE_DRIVER = token<FeatureDriver>('FeatureDriver');
export const RESOURCE_TYPE = token<ResourceType>('ResourceType');
export const DEVICE_KIND = token<DeviceKind>('DeviceKind');

export const EXECUTOR = token<Executor>('Executor');
export const COMMANDS = token<Commands>('Commands');
export const ENGINES = token<Engines>('Engines');
export const CLOCK = token<Clock>('Clock');
export const FILE_SYSTEM = token<FileSystem>('FileSystem');
export const LEDGER = token<Ledger>('Ledger');
export const JOURNAL = token<Journal>('Journal');
export const ALLOTMENTS = token<Allotments>('Allotments');
export const LOCK = token<Lock>('Lock');
export const REPORTER = token<Reporter>('Reporter');
