#!/usr/bin/env node
const { existsSync } = require('node:fs');

const bundle = `${__dirname}/../dist/pipewright.cjs`;
if (existsSync(bundle)) require(bundle);
else {
  console.error('pipewright is not built yet: run "npm run build".');
  process.exitCode = 1;
}
