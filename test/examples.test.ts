import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onDockerd, onHosts, onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';

const FOLDER = fileURLToPath(new URL('../examples/', import.meta.url));
const EXAMPLES = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());

describe('example', () => {
  for (const { name } of EXAMPLES)
    test(
      name,
      onHost(name, async (host) => {
        expect(existsSync(`${FOLDER}${name}/README.md`)).toBe(true);
        cpSync(`${FOLDER}${name}`, host.path('.'), { recursive: true });
        for (const line of preparations(name)) await host.sh(line);
        const before = await host.snapshot();
        await host.pipewright('validate');
        await host.pipewright('up', '--yes');
        for (const { words, fails } of execLines(name)) {
          const { code, stderr } = await host.tryPipewright('exec', ...words);
          expect(code === 0 ? 'done' : 'failed', `${words.join(' ')}: ${stderr}`).toBe(fails ? 'failed' : 'done');
        }
        // Where that is what it shows, nodes do not reach each other.
        if (!readFileSync(`${FOLDER}${name}/pipewright.yaml`, 'utf8').includes('isolated: true'))
          await host.pipewright('ping');
        expect(await host.plan()).toEqual([]);
        await host.pipewright('down', '--yes');
        expect(await host.snapshot()).toEqual(before);
      }),
    );
});

/** With a dockerd where it makes containers, and with as many machines besides as it names. */
function onHost(name: string, body: (host: Sandbox) => Promise<void>): ReturnType<typeof onSandbox> {
  const text = readFileSync(`${FOLDER}${name}/pipewright.yaml`, 'utf8');
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

/** What its README has the host be like: each line `ip …` before the first of ours. */
const preparations = (name: string): readonly string[] =>
  [...(textOf(name).split(/^pipewright /m)[0] ?? '').matchAll(/^ip .*$/gm)].map(([line]) => line);

const textOf = (name: string): string => readFileSync(`${FOLDER}${name}/README.md`, 'utf8');

/** Each line of its README that reads `pipewright exec …`, or `! pipewright exec …` where it shows what does not go. */
const execLines = (name: string): readonly { readonly words: readonly string[]; readonly fails: boolean }[] =>
  [...textOf(name).matchAll(/^(! )?pipewright exec (.*)$/gm)].map(([, not, words = '']) => ({
    words: words.split(/\s+/),
    fails: not !== undefined,
  }));
