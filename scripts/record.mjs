// Runs the commands that pages show and writes down what they really say:
//   node scripts/record.mjs README.md docs/images/first-lab.txt
// In a page that is every line `$ …` of its ```console blocks; a ```yaml block whose first line is `# pipewright.yaml` (or
// another name) is written to that file first. In a .txt file, which keeps its colours, it is every line `$ …`.
// All pages of one call share a folder and a sandbox. Needs root.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = process.argv.slice(2).map((path) => resolve(path));

if (process.env.PIPEWRIGHT_RECORD_INSIDE) recordAll();
else enterSandbox();

/** Namespaces of its own, as the quickstart has, so that nothing of the host is touched. */
function enterSandbox() {
  const inside =
    'mount -t tmpfs tmpfs /run && mkdir /run/netns && mount -t tmpfs tmpfs /var/lib && ip link set dev lo up && exec "$@"';
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const self = [process.execPath, fileURLToPath(import.meta.url), ...pages];
  const { status } = spawnSync('unshare', [...namespaces, 'sh', '-c', inside, 'sh', ...self], {
    stdio: 'inherit',
    env: { ...process.env, PIPEWRIGHT_RECORD_INSIDE: '1' },
  });
  process.exitCode = status ?? 1;
}

function recordAll() {
  const folder = mkdtempSync(join(tmpdir(), 'pipewright-record-'));
  try {
    for (const page of pages) writeFileSync(page, record(page, readFileSync(page, 'utf8'), folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function record(page, text, folder) {
  if (page.endsWith('.txt')) return session(text, folder, { FORCE_COLOR: '1' });
  return text.replaceAll(/^```(console|yaml)\n([^]*?)^```$/gm, (block, language, body) => {
    if (language === 'console') return `\`\`\`console\n${session(body, folder, { NO_COLOR: '1' })}\`\`\``;
    const [, file] = /^# ([\w.-]+[.]yaml)\n/.exec(body) ?? [];
    if (file) writeFileSync(join(folder, basename(file)), body);
    return block;
  });
}

function session(text, folder, colours) {
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
  const PATH = [join(root, 'node_modules/.bin'), env.PATH].join(delimiter);
  const commands = text.split('\n').filter((line) => line.startsWith('$ '));
  const said = commands.map((line) => {
    const { stdout } = spawnSync('sh', ['-c', `exec 2>&1; ${line.slice(2)}`], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...env, PATH, ...colours },
    });
    return `${line}\n${stdout.replaceAll(/ +$/gm, '').trimEnd()}`.trimEnd();
  });
  return `${said.join('\n\n')}\n`;
}
