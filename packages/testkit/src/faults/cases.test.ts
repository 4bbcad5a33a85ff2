import { builtins } from '@pipewright/plugins';
import { CASES } from './cases.js';
import { meetEveryFault } from './every-fault.js';

meetEveryFault(CASES, builtins);
