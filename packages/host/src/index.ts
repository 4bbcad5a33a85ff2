export { SystemClock } from './clock.js';
export { ExecaCommands } from './commands.js';
export { errors as hostErrors } from './errors.js';
export { HOST } from './executor/shell/survey.js';
export { ShellExecutor } from './executor/shell/shell-executor.js';
export { NodeFileSystem } from './file-system.js';
export { FileLedger, stateFolder } from './ledger.js';
export { renderScript, type ScriptContext } from './script.js';
