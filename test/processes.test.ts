import { onSandbox, type Sandbox } from '@pipewright/testkit';
import { expect, test } from 'vitest';
import { inShort } from './support.js';

/** Says where it is, and stays. */
const SERVE = `#!/bin/sh
echo "here are $PIPEWRIGHT_TOPOLOGY $PIPEWRIGHT_NODE $WORD, $(cat /etc/note), $(ip -4 -o address show dev eth0 | grep -o '10[0-9./]*')"
echo "$1" >> /mnt/started
touch "/mnt/serves-$1"
exec sleep 1000
`;

const TOPOLOGY = `
name: t
networks: { lan: { kind: bridge, subnet: 10.1.0.0/24 } }
nodes:
  web:
    networks: [lan]
    env: { WORD: 'a b' }
    processes:
      one:
        command: sh \${PIPEWRIGHT_FOLDER}/serve one
        ready: test -e /mnt/serves-one
        afterwards: rm /mnt/serves-one
      two: [sh, '\${PIPEWRIGHT_FOLDER}/serve', two]
  db:
    processes: { only: sleep 2000 }
`;

interface Helper {
  readonly id: string;
  readonly node: string;
  readonly state: string;
  readonly facts: { readonly pid?: string; readonly log: string; readonly said?: string };
}

async function helpers(host: Sandbox): Promise<readonly Helper[]> {
  const { stdout } = await host.pipewright('status', '--json');
  return (JSON.parse(stdout) as { helpers: readonly Helper[] }).helpers;
}

const pidOf = async (host: Sandbox, id: string): Promise<string> =>
  (await helpers(host)).find((it) => it.id === id)?.facts.pid ?? '';

const prepare = async (host: Sandbox): Promise<void> => {
  await host.write('serve', SERVE);
  await host.sh('mkdir -p /etc/netns/t-web; echo noted > /etc/netns/t-web/note; touch /etc/note');
};

test(
  'processes of a node run in it one after the other, and are started again when they died or their namespace did',
  onSandbox(async (host) => {
    await prepare(host);
    await host.write('pipewright.yaml', TOPOLOGY);
    const before = await host.snapshot();
    const up = async () => {
      await host.pipewright('up', '--yes');
      expect(await host.plan()).toEqual([]);
    };
    await up();
    const found = await helpers(host);
    expect(found.map(({ id, node, state }) => [id, node, state])).toEqual([
      ['db/only', 'db', 'running'],
      ['web/one', 'web', 'running'],
      ['web/two', 'web', 'running'],
    ]);
    expect(await host.read('started')).toBe('one\ntwo\n');
    for (const { facts } of found.slice(1))
      expect(await host.read(facts.log)).toBe('here are t web a b, noted, 10.1.0.2/24\n');
    const [only, one, two] = found.map(({ facts }) => facts.pid ?? '');
    expect(await host.sh(`stat -Lc %i /proc/${two}/ns/net`)).toBe(await host.sh('stat -Lc %i /run/netns/t-web'));

    await host.sh(`kill -KILL ${two}`);
    const { code, stdout } = await host.tryPipewright('status', '--check');
    expect([code, stdout]).toEqual([3, expect.stringMatching(/web\/two is dead: log \/.*, said here are t web a b/)]);
    expect((await host.pipewright('plan')).stdout).toMatch(
      /process web\/two .*\(it ended, and said last: here are t web a b/,
    );
    await up();
    await host.write('pipewright.yaml', TOPOLOGY.replace("serve', two", "serve', three"));
    expect(inShort(await host.plan())).toEqual(['replace web/two']);
    await up();
    expect(await host.read('started')).toBe('one\ntwo\ntwo\nthree\n');
    expect([await pidOf(host, 'db/only'), await pidOf(host, 'web/one')]).toEqual([only, one]);

    // What ran there lives on, and holds the namespace without a name.
    await host.sh('ip netns delete t-web');
    await up();
    expect(await host.read('started')).toBe('one\ntwo\ntwo\nthree\none\nthree\n');
    expect(await host.sh("pgrep -c -f '^sleep [12]000'")).toBe('3\n');
    expect(await pidOf(host, 'db/only')).toBe(only);

    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
    expect(await host.sh('ls /run/pipewright/processes serves-one 2>&1 || :')).not.toMatch(/^[0-9a-f]{16}|^serves/m);
  }),
);

test(
  'one that has ended is dead, whatever it started and left behind; that ends with it',
  onSandbox(async (host) => {
    const before = await host.snapshot();
    await host.write(
      'pipewright.yaml',
      `name: t\nnodes: { it: { processes: { a: "sh -c 'echo on my way; echo; echo gone; echo gone; sleep 3000 & exec sleep 2000'" } } }\n`,
    );
    await host.pipewright('up', '--yes');
    const left = await host.sh("pgrep -f '^sleep 3000'");
    await host.sh("pkill -KILL -f '^sleep 2000'");
    const dead = await helpers(host);
    expect(dead.map(({ state, facts }) => [state, facts.said])).toEqual([['dead', 'on my way; gone']]);
    // By the programs of the host as without them.
    const { stdout } = await host.run([...host.cli, 'status', '--json'], { env: { PIPEWRIGHT_EXECUTOR: 'shell' } });
    expect(JSON.parse(stdout)).toMatchObject({ helpers: dead });
    await host.pipewright('up', '--yes');
    expect(await host.plan()).toEqual([]);
    expect(await host.sh("pgrep -f '^sleep 3000'")).toMatch(/^\d+\n$/);
    expect(await host.sh("pgrep -f '^sleep 3000'")).not.toBe(left);
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'where a change fails that was to start one again which has ended, that is undone all the same',
  onSandbox(async (host) => {
    const before = await host.snapshot();
    const write = (more = '') =>
      host.write(
        'pipewright.yaml',
        `name: t\nnodes: { it: { processes: { a: [sh, -c, '[ ! -e /mnt/no ] && exec sleep 2000'] } } ${more} }\n`,
      );
    for (const [more, prepared, said] of [
      [', z: { commands: ["false"] }', ':', /false/],
      ['', 'touch no', /a failed: it has ended/],
    ] as const) {
      await write();
      await host.pipewright('up', '--yes');
      await host.sh(`pkill -f '^sleep 2000'; ${prepared}`);
      await write(more);
      const { code, stderr } = await host.tryPipewright('up', '--yes');
      expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
      expect(await host.sh("pgrep -f '^sleep 2000' || :")).toBe('');
      await host.sh('rm -f no');
    }
    await write();
    await host.pipewright('up', '--yes');
    expect(await host.plan()).toEqual([]);
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'one that ends as its nic is made anew is started again, also when all is put back; others run on',
  onSandbox(async (host) => {
    const before = await host.snapshot();
    const write = (link: string) =>
      host.write(
        'pipewright.yaml',
        `name: t
nodes:
  it: { processes: { ends: tcpdump -ni eth1, stays: sleep 2000 } }
  one: {}
  two: {}
links: [[${link}]]
`,
      );
    await write('it:eth1, one:eth1');
    await host.pipewright('up', '--yes');
    const stays = await host.sh("pgrep -f '^sleep 2000'");
    await write('it:eth1, two:eth1');
    expect((await host.pipewright('up', '--yes')).stderr.match(/process it\/ends ended/g)).toHaveLength(1);
    expect(await host.plan()).toEqual([]);
    await write('it:eth2, two:eth1');
    const { code, stderr } = await host.tryPipewright('up', '--yes');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/process it\/ends failed: it has ended.*eth1/)]);
    await write('it:eth1, two:eth1');
    expect(await host.plan()).toEqual([]);
    expect(await host.sh("pgrep -f '^sleep 2000'")).toBe(stays);
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);

/** Asked to end, it does so when the other one was asked, too. */
const WAITS = `#!/bin/sh
trap 'touch "/mnt/asked-$1"; until [ -e "/mnt/asked-$2" ]; do sleep 0.05; done; touch "/mnt/ended-$1"; exit' TERM
while :; do sleep 0.1; done
`;

test(
  'those of several nodes are asked to end side by side',
  onSandbox(async (host) => {
    await host.write('waits', WAITS);
    const node = (one: string, other: string) =>
      `${one}: { processes: { it: sh \${PIPEWRIGHT_FOLDER}/waits ${one} ${other} } }`;
    await host.write('pipewright.yaml', `name: t\nnodes: { ${node('a', 'b')}, ${node('b', 'a')} }\n`);
    await host.pipewright('up', '--yes');
    await host.pipewright('down', '--yes');
    expect(await host.sh('ls ended-*')).toBe('ended-a\nended-b\n');
  }),
);

test(
  'what one has started in the last moment keeps no namespace alive',
  onSandbox(async (host) => {
    const nodes = ['a', 'b', 'c', 'd', 'e', 'f'].map(
      (it) => `${it}: { processes: { it: "sh -c 'while :; do busybox true; done'" } }`,
    );
    await host.write('pipewright.yaml', `name: t\nnodes: { ${nodes.join(', ')} }\n`);
    await host.pipewright('up', '--yes');
    expect((await host.pipewright('down', '--yes')).stderr).not.toContain('lives on');
  }),
);

test(
  'with one that is not ready in time, or has ended, nothing is up; it says what that said last',
  onSandbox(async (host) => {
    await prepare(host);
    const before = await host.snapshot();
    for (const [words, said] of [
      ["{ command: sleep 1000, ready: 'false', timeout: 1 }", /web\/two failed: it was not ready within 1 s\. /],
      [
        "{ command: sh -c 'echo no such peer; exit 3', ready: 'false' }",
        /it has ended before it was ready: no such peer\. /,
      ],
      ["sh -c 'echo no licence; exit 3'", /it has ended before it was ready: no licence\. /],
    ] as const) {
      await host.write('pipewright.yaml', TOPOLOGY.replace(/two: .*/, `two: ${words}`));
      const { code, stderr } = await host.tryPipewright('up', '--yes');
      expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
      expect(await host.snapshot()).toEqual(before);
    }
  }),
);

test(
  'one that ends after it was ready is named, with its last words, and all is put back',
  onSandbox(async (host) => {
    const before = await host.snapshot();
    const ends = (words: string) => `
name: t
nodes:
  web:
    processes:
      one: [sh, -c, 'echo $$$$ > /mnt/one; ${words} exec sleep 1000']
      two: [sh, -c, 'kill -KILL $$(cat /mnt/one); exec sleep 2000']
`;
    for (const [words, said] of [
      [
        'echo starts; echo; echo no licence.;',
        /Process web\/one ended by itself.*said last: starts; no licence\. Every/,
      ],
      ['', /Process web\/one ended by itself right after it was started, without a word\. Everything/],
    ] as const) {
      await host.write('pipewright.yaml', ends(words));
      const { code, stderr } = await host.tryPipewright('up', '--yes');
      expect([code, stderr]).toEqual([1, expect.stringMatching(said)]);
      expect(stderr).toContain('PW_PROCESS_ENDED');
      expect(await host.snapshot()).toEqual(before);
    }
  }),
);

test(
  'what cannot be is told before anything is touched',
  onSandbox(async (host) => {
    const before = await host.snapshot();
    for (const [node, told] of [
      ['processes: { a: ./a }', /web\/a starts in a folder of its own[^]*\$\{PIPEWRIGHT_FOLDER\}\/a/],
      ['processes: { a: { command: "a \'" } }', /a command whose quotes are closed/],
      ['processes: { a: { comand: a } }', /"comand"[^]*command/],
      ['kind: docker, processes: { a: a }', /"processes" is no key of a node of kind docker/],
    ] as const) {
      await host.write('pipewright.yaml', `name: t\nnodes:\n  web: { ${node} }\n`);
      const { code, stderr } = await host.tryPipewright('up', '--yes');
      expect([code, stderr]).toEqual([2, expect.stringMatching(told)]);
      expect(stderr).toMatch(/pipewright\.yaml:3:\d+/);
    }
    expect(await host.snapshot()).toEqual(before);
  }),
);

test(
  'a pid node has them, too, in the namespace of that process',
  onSandbox(async (host) => {
    host.spawn(['unshare', '--net', 'sleep', '4000']);
    const pid = (await host.sh("until pgrep -f '^sleep 4000'; do sleep 0.05; done")).trim();
    const before = await host.snapshot();
    await host.write(
      'pipewright.yaml',
      `name: t\nnodes: { it: { kind: pid, pid: ${pid}, processes: { a: sleep 3000 } } }\n`,
    );
    await host.pipewright('up', '--yes');
    const inodes = await host.sh(
      `stat -Lc %i /proc/${pid}/ns/net /proc/${(await pidOf(host, 'it/a')).replace(/.* /, '')}/ns/net`,
    );
    expect(new Set(inodes.trim().split('\n')).size).toBe(1);
    await host.pipewright('down', '--yes');
    expect(await host.snapshot()).toEqual(before);
  }),
);
