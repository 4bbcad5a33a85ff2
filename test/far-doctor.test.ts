import { Dockerd, onHosts, type Sandbox } from '@pipewright/testkit';
import { expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 180_000 });

interface Examined {
  readonly ok: boolean;
  readonly checks: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly detail: string;
    readonly fix?: string;
  }[];
}

test(
  'doctor tells what works on another host, what is missing there, and what keeps us from it',
  onHosts(1, async ({ here, far }) => {
    const [h1] = far as [Sandbox];
    await Dockerd.start(h1);
    const before = await h1.snapshot();
    await here.write(
      'pipewright.yaml',
      'name: shop\nhosts: { h1: { ssh: root@h1 } }\nnodes: { web: { host: h1, kind: docker }, db: {} }\n',
    );
    const examine = async (...words: readonly string[]) => {
      const hosts = words.flatMap((it) => ['--host', it]);
      const { code, stdout } = await here.tryPipewright('doctor', ...hosts, '--json');
      const all = (JSON.parse(stdout) as { readonly hosts: Readonly<Record<string, Examined>> }).hosts;
      const faults = Object.values(all).flatMap(({ checks }) => checks.filter((it) => !it.ok));
      return { code, all, faults: faults.map(({ name }) => name) };
    };
    const { code, all } = await examine('h1');
    const its = new Map(all['h1']?.checks.map((it) => [it.name, it]));
    expect(code).toBe(0);
    expect(its.get('ssh')).toMatchObject({ ok: true, detail: 'root@h1' });
    expect(its.get('devices of kind bridge')).toMatchObject({ ok: true });
    expect(its.get('engine of nodes of kind docker')).toMatchObject({
      ok: true,
      essential: true,
      detail: expect.stringMatching(/^Docker \d/) as string,
    });
    expect(await h1.snapshot()).toEqual(before);

    const ip = (await h1.sh('readlink -f "$(command -v ip)"')).trim();
    await h1.sh(`mount --bind /dev/null ${ip}`);
    expect((await examine('guest@h1')).faults).toEqual(expect.arrayContaining(['ip', 'root', 'network namespaces']));
    const lame = await here.tryPipewright('doctor', '--host', 'h1');
    expect(lame.stdout).toMatch(
      /h1 \(root@h1\)[^]*missing +ip [^]*apt-get install[^]*shop does not work on h1 as it is/,
    );
    expect(lame.code).toBe(4);
    expect(lame.stdout).toMatch(/no +devices of kind veth +not tried: /);
    expect(lame.stdout).not.toContain('install its module');
    await h1.sh(`umount ${ip}`);
    expect(await examine('h1', 'root@h9')).toMatchObject({
      code: 4,
      faults: expect.arrayContaining(['ssh']) as string[],
    });
    const refused = await here.tryPipewright('doctor', '--host', 'h1', '--flow', 'db:web:80');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('PW_FLOW_ON_HOST')]);
  }),
);
