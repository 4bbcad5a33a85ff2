// From a clone to a running topology and back: `npm run quickstart`.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const topology = 'examples/quickstart/pipewright.yaml';
const sandbox = process.env.PIPEWRIGHT_QUICKSTART_SANDBOX !== '0';

if (process.env.PIPEWRIGHT_QUICKSTART_INSIDE) tour();
else {
  need(process.platform === 'linux', 'Linux: network namespaces are a part of its kernel');
  const [major, minor] = process.versions.node.split('.').map(Number);
  need(major > 20 || (major === 20 && minor >= 19), `Node 20.19 or later: this is ${process.version}`);
  need(quiet('ip', '-V'), 'the command ip: install iproute2');
  const root = process.getuid() === 0;
  need(root || (sandbox && quiet('unshare', '-Urn', 'true')), 'root, or user namespaces: try sudo npm run quickstart');

  const installed =
    existsSync('node_modules') || show('install what it is built with', 'npm', 'ci', '--no-audit', '--no-fund');
  if (!installed || !show('build', process.execPath, 'scripts/build.mjs')) process.exit(1);
  if (sandbox) enterSandbox(root);
  else tour();
}

/** A network, mount and process namespace, with nothing of the host's state in it; all of it goes when its first process ends. */
function enterSandbox(root) {
  console.log(
    '\n# in a sandbox of its own, so that your host is not touched (PIPEWRIGHT_QUICKSTART_SANDBOX=0: on your host)',
  );
  const inside = 'mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /var/lib && ip link set dev lo up && exec "$@"';
  const namespaces = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const { status } = spawnSync(
    'unshare',
    [
      ...(root ? [] : ['--user', '--map-root-user']),
      ...namespaces,
      'sh',
      '-c',
      inside,
      'sh',
      process.execPath,
      fileURLToPath(import.meta.url),
    ],
    { stdio: 'inherit', env: { ...process.env, PIPEWRIGHT_QUICKSTART_INSIDE: '1' } },
  );
  process.exitCode = status ?? 1;
}

/** What a user would type; `down` also when something before it failed. */
function tour() {
  const worked =
    pipewright('make what the file says', 'up', '--yes') &&
    pipewright('who reaches whom', 'ping') &&
    pipewright('what is there', 'status');
  const removed = pipewright('take it away again', 'down', '--yes');
  process.exitCode = worked && removed ? 0 : 1;
}

function pipewright(why, command, ...words) {
  return show(why, 'node_modules/.bin/pipewright', command, '-f', topology, ...words);
}

/** Prints a command as one would type it, runs it in full view and says whether it worked. */
function show(why, ...command) {
  console.log(`\n# ${why}\n$ ${command.join(' ').replace(process.execPath, 'node')}`);
  return spawnSync(command[0], command.slice(1), { stdio: 'inherit' }).status === 0;
}

function quiet(command, ...words) {
  return spawnSync(command, words, { stdio: 'ignore' }).status === 0;
}

function need(met, what) {
  if (met) return;
  console.error(`The quickstart needs ${what}.`);
  process.exit(1);
}
