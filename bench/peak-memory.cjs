// `node -r peak-memory.cjs …` writes the most memory the process ever had, in kB, to $PEAK_MEMORY_FILE when it ends.
// VmHWM and not ru_maxrss: that one starts with what the parent had when it forked.
const { readFileSync, writeFileSync } = require('node:fs');

process.on('exit', () => {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  writeFileSync(process.env.PEAK_MEMORY_FILE, kilobytes ?? '');
});
