import { CASES } from './cases.js';
import { meetEveryFault } from './every-fault.js';

meetEveryFault(CASES);
