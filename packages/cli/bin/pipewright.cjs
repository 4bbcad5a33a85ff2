#!/usr/bin/env node
const { existsSync } = require('node:fs');

// Without what starts it quickly the program does the same.
const built = ['start', 'pipewright'].map((name) => `${__dirname}/../dist/${name}.cjs`).find(existsSync);
if (built) require(built);
else {
  console.error('pipewright is not built yet: run "npm run build".');
  process.exitCode = 1;
}
