export { SystemClock } from './clock.js';
export { ExecaCommands } from './commands.js';
export { errors as hostErrors } from './errors.js';
export { ShellExecutor } from './executor/shell/shell-executor.js';
export { NodeFileSystem } from './file-system.js';
export { FileLedger } from './ledger.js';
export { FileLock } from './lock.js';
export { renderScript } from './script.js';
