import { type Dockerd, onDockerd, onHosts, onSandbox, type Sandbox } from '@pipewright/testkit';
import { describe, expect, test } from 'vitest';
import { pair } from './support.js';

const SOON = { timeout: 30_000, interval: 100 };

/** One that runs in the background, and what it says: with --verbose also what it has heard. */
class Watch {
  #read = 0;

  private constructor(private readonly host: Sandbox) {}

  static begin(host: Sandbox, ...options: readonly string[]): Promise<Watch> {
    return Watch.#run(host, [...host.cli, 'watch', '--verbose', ...options].join(' '));
  }

  /** What hears of the kernel by a program. */
  static async beginByPrograms(host: Sandbox, ...options: readonly string[]): Promise<Watch> {
    const words = ['PIPEWRIGHT_EXECUTOR=shell', ...host.cli, 'watch', '--verbose', ...options];
    const watch = await Watch.#run(host, words.join(' '));
    await watch.says(KERNEL); // it listens
    return watch;
  }

  static async #run(host: Sandbox, words: string): Promise<Watch> {
    await host.sh(
      `rm -f watch.*; (${words} > watch.log 2>&1 & echo $! > watch.pid; wait $!; echo $? > watch.code) > /dev/null 2>&1 &`,
    );
    const watch = new Watch(host);
    await watch.says(/watching \S+; \^C ends it/);
    return watch;
  }

  /** Resolves when all of this stands in what it has said since the last time. */
  async says(...all: readonly RegExp[]): Promise<string> {
    let text = '';
    const missing = async () => {
      text = (await this.host.read('watch.log').catch(() => '')).slice(this.#read);
      return all.filter((it) => !it.test(text)).map((it) => `${it.source} in: ${text}`);
    };
    await expect.poll(missing, SOON).toEqual([]);
    this.#read += text.length;
    return text;
  }

  /** Its exit code, once it has ended by itself. */
  async ended(): Promise<string> {
    await expect.poll(() => this.host.read('watch.code').catch(() => ''), SOON).not.toBe('');
    return (await this.host.read('watch.code')).trim();
  }

  async interrupt(): Promise<string> {
    await this.host.sh('kill -INT "$(cat watch.pid)"');
    return this.ended();
  }
}

const KERNEL = /the kernel says that something changed/;

describe('watch', () => {
  test(
    'makes what somebody took away, as soon as the kernel says so; ^C ends it, and down does',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', `${pair()}links: [[a:x0, b:x0]]\n`);
      const before = await host.snapshot();
      await host.pipewright('up', '--yes');
      const up = await host.snapshot();
      const watch = await Watch.begin(host);
      const happenings = [
        'ip link del dev t-a-eth0',
        'ip -n t-a addr del 10.0.0.2/24 dev eth0',
        'ip -n t-b link del dev x0',
        'ip -n t-b link set dev eth0 down',
        'ip link del dev t-lan',
        'ip netns del t-a',
      ];
      for (const happens of happenings) {
        await host.sh(happens.replace('dev t-a-eth0', `dev ${await hostEnd(host)}`));
        await watch.says(/repaired: /);
        expect(await host.plan(), happens).toEqual([]);
        await host.pipewright('ping');
      }
      expect(Object.keys((await host.snapshot()).namespaces)).toEqual(Object.keys(up.namespaces));
      await host.sh('ip link del dev t-lan');
      await watch.says(KERNEL, /repaired: /);
      expect(await watch.interrupt()).toBe('0');
      expect(await host.plan()).toEqual([]);

      const another = await Watch.begin(host, 't');
      await host.pipewright('down', '--yes');
      await another.says(/t is down; there is nothing to watch any more/);
      expect(await another.ended()).toBe('0');
      expect(await host.snapshot()).toEqual(before);
    }),
    120_000,
  );

  test(
    'tells what it cannot repair, once, and repairs it when it can; with --dry-run it only tells',
    onSandbox(async (host) => {
      await host.write('pipewright.yaml', pair());
      await host.pipewright('up', '--yes');
      const watch = await Watch.begin(host);
      // Somebody else's device has the name.
      await host.sh('ip link del dev t-lan; ip link add name t-lan type veth peer name other');
      expect(await watch.says(/cannot repair t: .*lan/, KERNEL)).not.toMatch(/cannot repair [^]*cannot repair /);
      await host.sh('ip link del dev other');
      await watch.says(/repaired: /);
      expect(await watch.interrupt()).toBe('0');

      const telling = await Watch.beginByPrograms(host, 't', '--dry-run');
      const { namespaces: was } = await host.snapshot();
      await host.sh('ip -n t-a addr del 10.0.0.2/24 dev eth0');
      await telling.says(KERNEL, /not as declared:[^]*eth0\/10\.0\.0\.2\/24/);
      expect(await telling.interrupt()).toBe('0');
      expect(await host.sh('pgrep -fx "ip monitor .*" || :')).toBe('');
      expect((await host.plan()).length).toBe(1);
      await host.pipewright('up', '--yes');
      expect((await host.snapshot()).namespaces).toEqual(was);

      await host.write('other.yaml', 'name: other\nnodes: { a: }\n');
      const notUp = await host.tryPipewright('watch', '-f', 'other.yaml');
      expect(notUp).toMatchObject({ code: 1, stderr: expect.stringContaining('PW_NOT_UP') as string });
      const unknown = await host.tryPipewright('watch', 'nothing-of-that-name');
      expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('PW_UNKNOWN_TOPOLOGY') as string });
    }),
    120_000,
  );

  test(
    'is not content, nor blind to the rest, while it cannot start what has ended',
    onSandbox(async (host) => {
      await host.sh(`printf '#!/bin/sh\n[ -e /mnt/broken ] && exit 1\nexec sleep 4711\n' > run; chmod +x run`);
      await host.write('pipewright.yaml', `name: t\nnodes: { a: { processes: { p: /mnt/run } }, b: }\n`);
      await host.pipewright('up', '--yes');
      const watch = await Watch.begin(host);
      await host.sh('touch broken; pkill -fx "sleep 4711"');
      expect(await watch.says(/cannot repair t: /)).not.toContain('as declared again');
      await host.sh('rm broken; ip netns del t-b');
      expect(await watch.says(/repaired: /)).not.toContain('as declared again');
      expect(await host.plan()).toEqual([]);
      expect(await watch.interrupt()).toBe('0');
    }),
    60_000,
  );

  test(
    'wires containers again when their engine says that they were restarted, stopped or removed',
    onDockerd(async (host, engine: Dockerd) => {
      await engine.docker('run', '--detach', '--name', 'web', '--network', 'none', 'bb:1');
      await host.write(
        'pipewright.yaml',
        `
name: t
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }
nodes:
  web: { kind: docker, networks: [lan] }
  made: { kind: docker, image: "bb:1", stop-timeout: 0, networks: [lan] }
  bare: { networks: [lan] }
`,
      );
      await host.pipewright('up', '--yes');
      const watch = await Watch.begin(host);
      const happenings: readonly (readonly [RegExp, () => Promise<unknown>])[] = [
        [/Docker says: web start/, () => engine.docker('restart', '--time', '0', 'web')],
        [/Docker says: t-made die/, () => engine.docker('stop', '--time', '0', 't-made')],
        [/Docker says: t-made destroy/, () => engine.docker('rm', '--force', 't-made')],
      ];
      for (const [heard, happens] of happenings) {
        await happens();
        await watch.says(heard, /repaired: /);
        expect(await host.plan()).toEqual([]);
        await host.pipewright('ping');
      }
      await engine.docker('stop', '--time', '0', 'web');
      await watch.says(/cannot repair t: .*Node "web": its Docker container does not run \(exited\)/);
      await engine.docker('start', 'web');
      await watch.says(/Docker says: web start/, /repaired: /);
      await host.pipewright('ping');
      expect(await watch.interrupt()).toBe('0');
      await host.pipewright('down', '--yes');
    }),
    120_000,
  );
});

/** The far end, on the host, of a's nic in lan. */
async function hostEnd(host: Sandbox): Promise<string> {
  const devices = await host.ip(undefined, 'link', 'show', 'master', 't-lan');
  return String(devices[0]?.['ifname']);
}

test(
  'what is on a host that is away waits for it, and keeps no repair from the others',
  onHosts(2, async ({ here, far }) => {
    const [, h2] = far as [Sandbox, Sandbox];
    await here.write('pipewright.yaml', THREE_HOSTS);
    await here.pipewright('up', '--yes');
    const watch = await Watch.begin(here);

    await here.sh('ip link set dev h2-uplink down');
    await here.sh('ip -n t-a addr flush dev eth0');
    const said = await watch.says(/host h2 is left out: /, /repaired: /);
    expect(said.match(/left out/g)).toHaveLength(1);
    expect(await here.sh('ip -n t-a -brief addr show dev eth0')).toContain('10.9.0.2/24');

    await h2.sh('ip -n t-c addr flush dev eth0');
    await here.sh('ip link set dev h2-uplink up');
    await watch.says(/repaired: /, /host h2 is there again/);
    expect(await here.plan()).toEqual([]);
    expect(await watch.interrupt()).toBe('0');
  }),
  180_000,
);

const THREE_HOSTS = `
name: t
hosts: { h1: { ssh: root@h1 }, h2: { ssh: root@h2 } }
networks:
  here: { kind: bridge, subnet: 10.9.0.0/24, address: 10.9.0.254/24 }
  there: { kind: bridge, subnet: 10.9.1.0/24, address: 10.9.1.254/24 }
  yonder: { kind: bridge, subnet: 10.9.2.0/24, address: 10.9.2.254/24 }
nodes:
  a: { networks: [here] }
  b: { host: h1, networks: [there] }
  c: { host: h2, networks: [yonder] }
`;
