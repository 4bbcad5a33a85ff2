import { builtins } from '@pipewright/plugins';
import hub from '../../../../examples/custom-plugin/hub/index.js';
import { EXAMPLES } from './cases.js';
import { meetEveryFault } from './every-fault.js';

meetEveryFault(EXAMPLES, [...builtins, hub]);
