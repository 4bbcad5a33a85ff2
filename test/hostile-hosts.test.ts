import { type Dockerd, onDockerd, type Sandbox } from '@pipewright/testkit';
import { expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 300_000 });

const linked = (topology: string, subnet: number): string => `
name: ${topology}
networks: { lan: { kind: bridge, subnet: 10.80.${String(subnet)}.0/24 } }
nodes:
  redis: { networks: { lan: { address: 10.80.${String(subnet)}.8/24 } }, expose: [6379] }
  web: { kind: docker, container: web, networks: [{ network: lan, name: eth${String(subnet)} }], service-links: ["redis:db"] }
`;

const ENTRY = '10.80.1.8\tdb redis\n';

/** What unmounting its hosts file takes. */
const UNCONFINED = ['--cap-add', 'SYS_ADMIN', '--security-opt', 'apparmor=unconfined'];

/** A container whose hosts file is as a script in it leaves it. */
async function guest(engine: Dockerd, script: string, ...options: readonly string[]): Promise<void> {
  await engine.docker('run', '-d', '--name', 'web', ...UNCONFINED, '--network', 'none', ...options, 'bb:1');
  await engine.docker('exec', 'web', 'sh', '-c', script);
}

const hostsOf = (engine: Dockerd): Promise<string> => engine.docker('exec', 'web', 'cat', '/etc/hosts');

const OWN = 'busybox umount /etc/hosts; busybox rm -f /etc/hosts';

async function eachIn(cases: readonly (readonly string[])[], engine: Dockerd, work: () => Promise<void>) {
  for (const [script = '', ...options] of cases) {
    await guest(engine, script, ...options);
    await work();
    await engine.docker('rm', '-f', 'web');
  }
}

test(
  'whatever stands in a hosts file, and however the container has it, stays as it is around the block',
  onDockerd(async (host, engine) => {
    await host.write('pipewright.yaml', linked('t', 1));
    const cases = [
      ["printf '127.0.0.1\\tlocalhost\\r\\n::1 six\\r\\n10.9.9.9\\tdb.zone\\r\\n' > /etc/hosts"],
      ["printf '127.0.0.1\\tlocalhost\\n10.9.9.9 db' > /etc/hosts"],
      [': > /etc/hosts'],
      ["printf '# END pipewright:t\\n# BEGIN pipewright:other\\n\\377\\000\\n' > /etc/hosts"],
      ['for i in 1 2 3 4 5 6 7 8; do cat /etc/hosts > /x; cat /x /x > /etc/hosts; done'],
      [`${OWN}; echo own > /etc/hosts; busybox chmod 444 /etc/hosts`],
      [':', '--read-only', '--tmpfs', '/run'],
      [':', '--read-only'],
    ];
    await eachIn(cases, engine, async () => {
      const before = await hostsOf(engine);
      await host.pipewright('up', '--yes');
      const block = `# BEGIN pipewright:t${before === '' || before.endsWith('\n') ? '' : ' joined'}\n${ENTRY}# END pipewright:t\n`;
      expect(await hostsOf(engine)).toBe(`${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${block}`);
      expect(await host.plan()).toEqual([]);
      await host.pipewright('down', '--yes');
      expect(await hostsOf(engine)).toBe(before);
    });
  }),
);

test(
  'what is no hosts file of the container is an error; it is left alone, and all is undone',
  onDockerd(async (host, engine) => {
    await host.write('pipewright.yaml', linked('t', 1));
    await host.write('theirs', '127.0.0.1\tlocalhost\n');
    await host.sh(
      'mkdir folder; cp theirs folder/hosts; cp theirs /etc/pw-canary; mkdir /run/canary; cp theirs /run/canary/hosts',
    );
    const refused: readonly (readonly [RegExp, ...string[]])[] = [
      [/symbolic link/, `${OWN}; ln -s /etc/pw-canary /etc/hosts`],
      [/symbolic link/, `${OWN}; ln -s ../../../../../../etc/pw-canary /etc/hosts`],
      [
        /symbolic link/,
        'busybox umount /etc/hosts; busybox umount /etc/hostname; busybox umount /etc/resolv.conf; busybox mv /etc /x; ln -s /run/canary /etc',
      ],
      [/no ordinary file/, `${OWN}; busybox mkfifo /etc/hosts`],
      [/no ordinary file/, `${OWN}; busybox mknod /etc/hosts c 1 3`],
      [/no ordinary file/, `${OWN}; busybox mkdir /etc/hosts`],
      [/hard link/, `${OWN}; echo x > /etc/x; ln /etc/x /etc/hosts`],
      [/larger than 1 MB/, 'busybox dd if=/dev/zero bs=1024 count=2000 > /etc/hosts 2> /dev/null'],
      [/file of the host's/, ':', '-v', '/mnt/theirs:/etc/hosts'],
      [/of the host's/, ':', '-v', '/mnt/folder/hosts:/etc/hosts'],
    ];
    const [canaries, namespaces] = [
      'cat theirs folder/hosts /etc/pw-canary /run/canary/hosts',
      await host.namespaces(),
    ];
    const before = await host.sh(canaries);
    for (const [message, script = '', ...options] of refused)
      await eachIn([[script, ...options]], engine, async () => {
        const { code, stderr } = await host.tryPipewright('up', '--yes');
        expect([script, code, stderr]).toEqual([script, 1, expect.stringMatching(message)]);
        expect(await host.sh(canaries)).toBe(before);
        expect(await host.namespaces()).toEqual(namespaces);
        expect(
          await engine.docker('exec', 'web', 'sh', '-c', '[ ! -e /run/pipewright ]; cat /proc/mounts'),
        ).not.toContain('pw');
      });
  }),
);

/** Polls a hosts file until `stop` is there, some thousand times a second; prints how often it read, and what it missed. */
const READER = `
const { existsSync, readFileSync } = require('node:fs');
let read = 0;
for (; !existsSync('stop'); read++) {
  const text = readFileSync(process.argv[1], 'latin1');
  if (!text.startsWith(process.argv[2])) { console.log('lost', JSON.stringify(text)); process.exit(0); }
}
console.log(read > 1000 ? 'whole' : 'only ' + read);`;

const NUMBERS = Array.from({ length: 16 }, (_, it) => it + 1);

/** All at once. */
const sideBySide = (host: Sandbox, ...words: readonly string[]) =>
  Promise.all(NUMBERS.map((it) => host.pipewright(...words.map((word) => word.replace('N', String(it))))));

test(
  'sixteen commands write to one hosts file at once: each has its block, and a reader misses nothing',
  onDockerd(async (host, engine) => {
    await guest(engine, "printf '10.9.9.9\\tdb.zone' >> /etc/hosts");
    const before = await hostsOf(engine);
    for (const it of NUMBERS) await host.write(`${String(it)}.yaml`, linked(`t${String(it)}`, it));
    const path = (await engine.docker('inspect', '-f', '{{.HostsPath}}', 'web')).trim();
    const reading = host.run([process.execPath, '-e', READER, path, before]);
    await sideBySide(host, 'up', '-f', 'N.yaml', '--yes');
    const blocks = await hostsOf(engine);
    for (const it of NUMBERS)
      expect(blocks).toContain(`\n10.80.${String(it)}.8\tdb redis\n# END pipewright:t${String(it)}\n`);
    await sideBySide(host, 'down', '-f', 'N.yaml', '--yes');
    await host.write('stop', '');
    expect((await reading).stdout).toBe('whole\n');
    expect(await hostsOf(engine)).toBe(before);
  }),
);
