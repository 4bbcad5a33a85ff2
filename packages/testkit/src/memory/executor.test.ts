import { CASE_KINDS, execute } from '../suites/executor-cases.js';
import { executorSuite } from '../suites/executor.js';
import { MemoryExecutor } from './executor.js';
import { MemoryKernel } from './kernel/memory-kernel.js';

const programs = { false: () => ({ code: 1 }) };

executorSuite('the memory', ({ steps }) =>
  execute(new MemoryExecutor(new MemoryKernel(), CASE_KINDS, { programs }), steps),
);
