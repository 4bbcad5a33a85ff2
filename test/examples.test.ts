import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { onDockerd, onHosts, onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { EXAMPLES, linesOf, takesVlans, topologyOf, whyNoFrr } from './example-lines.js';

const ALL = readdirSync(EXAMPLES, { withFileTypes: true }).flatMap((it) => (it.isDirectory() ? [it.name] : []));
// Those with VLANs run on a kernel that knows them: vlan.test.ts.
const NAMES = ALL.filter((it) => !takesVlans(it));

test('all are listed', () => {
  const listed = readFileSync(`${EXAMPLES}README.md`, 'utf8').matchAll(/^\| \[(.+)\]\(\1\)/gm);
  expect([...listed].map(([, name]) => name).sort()).toEqual([...ALL].sort());
});

describe('example', () => {
  for (const name of NAMES)
    test(name, async (context) => {
      const reason = whyNoFrr(name);
      if (reason !== undefined) context.skip(reason);
      await onHost(name, async (host) => {
        const { before: preparations, exec, after } = linesOf(name);
        cpSync(`${EXAMPLES}${name}`, host.path('.'), { recursive: true });
        await type(host, preparations);
        const before = await host.snapshot();
        await host.pipewright('validate');
        await host.pipewright('up', '--yes');
        for (const { words, fails } of exec) {
          const { code, stderr } = await host.tryPipewright('exec', ...words);
          expect(code === 0 ? 'done' : 'failed', `${words.join(' ')}: ${stderr}`).toBe(fails ? 'failed' : 'done');
        }
        // Where that is what it shows, nodes do not reach each other.
        if (!topologyOf(name).includes('isolated: true')) await host.pipewright('ping');
        expect(await host.plan()).toEqual([]);
        await host.pipewright('down', '--yes');
        expect(await host.snapshot()).toEqual(before);
        await type(host, after);
      })(context);
    });
});

/** With a dockerd where it makes containers, and with as many machines besides as it names. */
function onHost(name: string, body: (host: Sandbox) => Promise<void>): ReturnType<typeof onSandbox> {
  const text = topologyOf(name);
  const hosts = text.match(/^ {2}h\d+: \{ ssh: /gm)?.length ?? 0;
  if (hosts > 0)
    return onHosts(hosts, async ({ here, far }) => {
      const before = await Promise.all(far.map((it) => it.snapshot()));
      await body(here);
      expect(await Promise.all(far.map((it) => it.snapshot()))).toEqual(before);
    });
  if (!text.includes('kind: docker')) return onSandbox(body);
  return onDockerd(async (host, engine) => {
    await engine.docker('tag', 'bb:1', 'busybox');
    await body(host);
  });
}

async function type(host: Sandbox, lines: readonly string[]): Promise<void> {
  for (const line of lines)
    if (line.startsWith('pipewright ')) await host.pipewright(...line.split(' ').slice(1));
    else await host.sh(line);
}
