export { Look } from './look.js';
export { type Inputs, type KeptRecord, recordIn, type Said } from './record.js';
export { begin, current } from './recording.js';
export { type ShortSyscalls, shortSyscalls } from './short-syscalls.js';
export { recordsFolder, stateFolder } from '../state-folder.js';
