#!/usr/bin/env node
// The same program, under the name that pipework's users have in their scripts.
if (process.argv[2] !== '--version') process.argv.splice(2, 0, 'pipework');
require('./pipewright.cjs');
