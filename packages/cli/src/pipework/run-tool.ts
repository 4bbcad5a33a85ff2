import type { Engine } from '../engine.js';
import type { Output } from '../output/output.js';
import { printable } from '../output/text.js';
import type { ToolRequest } from './request.js';

interface ToolRun {
  readonly topology: string;
  readonly engine: Engine;
  readonly output: Output;
  readonly dryRun: boolean;
}

/** Runs the host's own program in the guest's namespace, with our streams; its exit code is ours. */
export async function runTool(
  { guest: word, argv }: ToolRequest,
  { topology, engine: { topologies, executor, commands }, output, dryRun }: ToolRun,
): Promise<number> {
  const { guest } = await topologies.findGuest(topology, word);
  if (dryRun) {
    output.result(
      () => ({ guest: guest.name, argv }),
      () => printable(`in ${word}: ${argv.join(' ')}`),
    );
    return 0;
  }
  const way = executor.way(guest.target.on);
  const within = way === undefined ? [] : ['nsenter', `--net=${way}`, '--'];
  const { code, stderr } = await commands.run([...within, ...argv], { inherit: true });
  if (stderr !== '') output.say(stderr); // the program could not be started at all
  return code;
}
