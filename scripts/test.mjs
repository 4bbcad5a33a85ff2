// Everything that must hold, from a fresh clone on: `npm test`. With a file filter, only those tests: `npm test -- bridge`.
// Plain Node, because it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const totals = { passed: 0, failed: 0, skipped: 0 };
/** Said once more at the end: a run is long, and often only its end is kept. */
const failures = [];
const atFurtherTry = [];

const args = process.argv.slice(2);
const onlyChecks = args.includes('--checks');
const filters = args.filter((arg) => arg !== '--checks');

/** The newest Node that we support. */
const NEWEST = '24';

process.exitCode = 1; // until the end is reached
await main();
for (const text of atFurtherTry) console.log(`\n${text}`);
for (const text of failures) console.log(`\nfailed: ${text}`);
console.log(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 ? 1 : 0;

async function main() {
  if (!onlyChecks && filters.length === 0) hostTools();
  if (!(await installed('dependencies'))) return;
  // before the build, which brings them up to date
  if (filters.length === 0) await step('generated sources', node('scripts/generate.mjs', '--check', 'sources'));
  if (!(await step('build', node('scripts/build.mjs')))) return;
  if (filters.length > 0) return vitest(process.execPath, ...filters);

  // One core's work for minutes: all else goes on beside it.
  const linted = step('lint', node('node_modules/eslint/bin/eslint.js', '.'));
  await checks();
  if (!onlyChecks) await tests();
  await linted;
}

async function tests() {
  const before = traces();
  await vitest(process.execPath);
  await otherNodes();
  await leaks(before);
}

/** The tests drive the real kernel through these. What is in other packages in other Debians has several. */
function hostTools() {
  const packagesOf = {
    ip: 'iproute2',
    tc: 'iproute2',
    nsenter: 'util-linux',
    unshare: 'util-linux',
    flock: 'util-linux',
    setpriv: 'util-linux',
    ping: 'iputils-ping',
    nft: 'nftables',
    iptables: 'iptables',
    docker: ['docker-cli', 'docker.io'],
    dockerd: 'docker.io',
    containerd: 'containerd',
    runc: 'runc',
    podman: 'podman',
    conmon: 'conmon',
    '/usr/lib/podman/netavark': 'netavark',
    busybox: 'busybox-static',
    git: 'git',
    ssh: 'openssh-client',
    sshd: 'openssh-server',
    'docker-registry': 'docker-registry',
    dnsmasq: 'dnsmasq-base',
    '/usr/lib/frr/bgpd': 'frr',
    udhcpc: 'udhcpc',
    dhclient: 'isc-dhcp-client',
    tcpdump: 'tcpdump',
    ethtool: 'ethtool',
    'linux.uml': 'user-mode-linux',
    modprobe: 'kmod',
    zsh: 'zsh',
    fish: 'fish',
    ...(/\bamx_tile\b/.test(contentOf('/proc/cpuinfo')) && { tcc: 'tcc' }), // user-mode Linux needs help with its registers
  };
  const folders = [...process.env.PATH.split(delimiter), '/usr/sbin', '/sbin'];
  const missing = Object.keys(packagesOf).filter(
    (tool) => !folders.some((folder) => existsSync(resolve(folder, tool))),
  );
  if (missing.length === 0) return say('ok', 'host tools');

  const wanted = missing.map((tool) => ({ tool, names: [packagesOf[tool]].flat() }));
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) return install(wanted);
  const words = new Set(wanted.map(({ names }) => names.join(' or ')));
  say('!!', `host tools: missing ${missing.join(', ')}; install ${[...words].join(', ')}`);
}

function install(wanted) {
  const apt = (...words) => spawnSync('apt-get', words, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
  const updated = apt('update', '-q');
  const known = new Set(lines('apt-cache', 'pkgnames'));
  const [there, nowhere] = [true, false].map((it) => wanted.filter(({ names }) => names.some(known.has, known) === it));
  if (nowhere.length > 0) say('!!', `host tools: no package here has ${nowhere.map(({ tool }) => tool).join(', ')}`);
  const packages = [...new Set(there.map(({ names }) => names.find(known.has, known)))];
  say('..', `host tools: installing ${packages.join(' ')}`);
  const done = updated && apt('install', '-y', '-q', '--no-install-recommends', ...packages);
  say(done ? 'ok' : '!!', `host tools: ${done ? 'installed' : 'could not install'} ${packages.join(' ')}`);
}

/** node_modules as the lock file beside it says. */
async function installed(name, folder = '.') {
  const time = (path) => statSync(`${folder}/${path}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (time('node_modules/.package-lock.json') >= time('package-lock.json')) return true;
  return step(`install ${name}`, ['npm', 'ci', '--no-audit', '--no-fund', '--prefix', folder]);
}

async function checks() {
  await step('format', ['node_modules/.bin/biome', 'format']);
  await step(
    'dependency direction',
    node('node_modules/dependency-cruiser/bin/dependency-cruise.mjs', 'packages', 'plugins'),
  );
  await step('dead code', node('node_modules/knip/bin/knip.js'));
  await step('generated pages', node('scripts/generate.mjs', '--check', 'pages'));
  await step('types of tests', node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.test.json'));
}

/** The smoke tests of the CLI on the other Node versions that we support; all unit tests on the newest, but for what can go wrong, which takes as long as all others. */
async function otherNodes() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return say('--', 'other Nodes: only tried on linux x64');
  if (!(await installed('other Nodes', 'scripts/nodes'))) return;
  for (const major of ['22', NEWEST]) {
    if (process.versions.node.startsWith(`${major}.`)) continue;
    const binary = resolve(`scripts/nodes/node_modules/node${major}/bin/node`);
    if (major === NEWEST) await vitest(binary, '--project', 'unit', '--exclude', 'packages/testkit/src/faults/**');
    await vitest(binary, '--project', 'e2e', 'test/smoke');
  }
}

async function vitest(binary, ...words) {
  const file = resolve('node_modules/.cache/test-totals.json');
  mkdirSync('node_modules/.cache', { recursive: true });
  rmSync(file, { force: true });
  const version = spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.trim();
  say('..', ['tests on', version, ...words].join(' '));
  const code = await run([binary, 'node_modules/vitest/vitest.mjs', 'run', '--passWithNoTests', ...words], {
    stdio: 'inherit',
    env: { ...process.env, PIPEWRIGHT_TEST: '1', PIPEWRIGHT_NODE: binary, PIPEWRIGHT_TEST_TOTALS: file },
  });
  const counted = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const seen = { passed: 0, failed: 0, skipped: 0, failures: [], again: [], ...counted };
  if (code !== 0 && seen.failed === 0) {
    seen.failed = 1; // it ended before it could count
    seen.failures.push(`${['tests', ...words].join(' ')}: ended with ${code}`);
  }
  for (const key of Object.keys(totals)) totals[key] += seen[key];
  failures.push(...seen.failures);
  atFurtherTry.push(...seen.again);
}

/** What a command says, all of it: Node alone would cut it at a megabyte, which Debian's names of packages exceed. */
function lines(command, ...words) {
  return (spawnSync(command, words, { encoding: 'utf8', maxBuffer: Infinity }).stdout ?? '').split('\n');
}

/** What a test could leave behind on the machine. */
function traces() {
  const entries = (path) => (existsSync(path) ? readdirSync(path) : []);
  const mounts = contentOf('/proc/self/mounts').split('\n');
  return new Set([
    ...lines('ip', '-o', 'link').map((line) => `device ${line.split(': ')[1]}`),
    ...lines('ip', 'netns', 'list').map((line) => `namespace ${line.split(' ')[0]}`),
    ...mounts.map((line) => `mount ${line}`),
    ...entries('/proc').filter(isOfTests).map(processLine),
    ...entries(tmpdir())
      .filter((name) => name.startsWith('pipewright-'))
      .map((name) => `file ${tmpdir()}/${name}`),
  ]);
}

function contentOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function isOfTests(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes('PIPEWRIGHT_TEST=1');
  } catch {
    return false; // no process, gone by now, or another user's
  }
}

function processLine(pid) {
  try {
    return `process ${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`;
  } catch {
    return `process ${pid}`;
  }
}

/** Waits a little for what is ending on its own: a namespace dies some time after its last process. */
async function leaks(before) {
  let left;
  for (let tries = 0; tries < 20; tries++) {
    left = [...traces()].filter((trace) => !before.has(trace));
    if (left.length === 0) break;
    await sleep(250);
  }
  count(left.length === 0, 'no traces left', left.join('\n'));
}

function node(...words) {
  return [process.execPath, ...words];
}

/** Runs one check and shows what it said only if it fails. */
async function step(name, command) {
  const start = Date.now();
  let said = '';
  const code = await run(command, { stdio: ['ignore', 'pipe', 'pipe'] }, (text) => (said += text));
  return count(code === 0, `${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`, said);
}

function count(passed, name, said) {
  totals[passed ? 'passed' : 'failed']++;
  say(passed ? 'ok' : '!!', name);
  if (!passed && said) console.log(said.trimEnd().replace(/^/gm, '     '));
  if (!passed) failures.push(`${name}\n${said.trimEnd().slice(-2000)}`);
  return passed;
}

function say(mark, text) {
  console.log(`${mark}  ${text}`);
}

function run([command, ...words], options, hear = () => {}) {
  return new Promise((done) => {
    const child = spawn(command, words, options);
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.on('error', (error) => (hear(error.message), done(1)));
    child.on('close', (code) => done(code ?? 1));
  });
}
