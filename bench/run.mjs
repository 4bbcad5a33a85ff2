// Ratios of whole processes, measured in one run: milliseconds differ from machine to machine, ratios hardly do.
//   npm run bench [-- ROW ...] [--json] [--write FILE] [--nodes 200] [--many 2000] [--repeat 5] [--cli FILE]
// Rows are named in rows.mjs, `up` means all that begin with it; how they are measured is in experiments/. Needs root,
// iproute2 and bash; everything is made in a network namespace of its own.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as attach from './experiments/attach.mjs';
import * as containers from './experiments/containers.mjs';
import * as hosts from './experiments/hosts.mjs';
import * as lab from './experiments/lab.mjs';
import * as many from './experiments/many.mjs';
import * as pipework from './experiments/pipework.mjs';
import * as startUp from './experiments/start-up.mjs';
import { asJson, asMarkdown, asText, between } from './report.mjs';
import { rowsFor } from './rows.mjs';
import { insideSandbox } from './sandbox.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    write: { type: 'string' },
    nodes: { type: 'string', default: '200' },
    many: { type: 'string', default: '2000' },
    repeat: { type: 'string', default: '5' },
    cli: { type: 'string' },
  },
});

await insideSandbox(async () => {
  const setting = { ...values, nodes: Number(values.nodes), many: Number(values.many), repeat: Number(values.repeat) };
  const rows = rowsFor(setting, positionals);
  const found = {};
  for (const { gives, run } of [startUp, attach, lab, many, pipework, hosts, containers]) {
    const wanted = rows.filter(({ id }) => gives.includes(id)).map(({ id }) => id);
    if (wanted.length === 0) continue;
    console.error(`measuring ${wanted.join(', ')} …`);
    Object.assign(found, await run(setting, wanted));
  }
  const measured = rows.map((row) => ({ ...row, ...found[row.id] }));
  if (values.write) writeFileSync(values.write, between(values.write, asMarkdown(measured)));
  console.log(values.json ? asJson(measured) : `\n${asText(measured)}`);
}).catch(({ message }) => {
  console.error(message); // a program failed, or two ways did not end in the same state
  process.exitCode = 1;
});
