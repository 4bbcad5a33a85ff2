import { onHosts, Uml, whyNoUml } from '@pipewright/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAR_MACHINES, wide } from './far-machines.js';

// ESP is what many a kernel lacks: these run on one of their own, booted once.
const reason = whyNoUml();
if (reason !== undefined) console.warn(`IPsec is not tested: ${reason}`);

/** Modules are loaded as they are asked for, as on most machines. */
const HELP = `
printf '#!/bin/sh\\nexec /sbin/modprobe -d /run/modules "$@"\\n' > /run/modprobe
chmod +x /run/modprobe
echo /run/modprobe > /proc/sys/kernel/modprobe
${FAR_MACHINES}
# Lists of the kernel, without what it only counts.
associations() { for m in 1 2 3; do on $m ip xfrm state; on $m ip xfrm policy; done | sed '/anti-replay/d'; }
everything() { for m in 1 2 3; do state $m; done; associations; }
keys() { for m in 1 2 3; do on $m ip xfrm state; done | grep -o '0x[0-9a-f]\\{64\\}' | sort -u; }
counts() { for m in 1 2 3; do echo "$m has $(on $m ip xfrm state | grep -c ^src) states, $(on $m ip xfrm policy | grep -c ^src) policies"; done; }
# Packets that are sent one by one all the while, and how many of them are not answered.
crossing() {
  was=$(counted $2)
  eval "target=\\$machine$1"
  nsenter --net=/proc/$target/root/run/netns/wide-n$1 ping -n -q -i 0.1 10.0.0.1$2 > crossing$1 & eval "crossing$1=$!"
  until [ $(counted $2) -gt $((was + 4)) ]; do sleep 0.05; done
}
crossed() { for m in 1 2 3; do eval "kill -INT \\$crossing$m; wait \\$crossing$m || true"; awk -v m=$m '/transmitted/ { print m, "lost", ($1 - $4 < 2 ? 0 : $1 - $4) }' crossing$m; done; }
spis() { on 1 ip xfrm state | grep -o 'spi 0x[0-9a-f]*' | sort; }
export SHOP_KEY=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \\n')
`;

const ENCRYPT = `encrypt: { key: "\${SHOP_KEY}" }`;

describe.skipIf(reason !== undefined)('three machines on one wire that others listen to', () => {
  let uml: Uml;
  beforeAll(async () => {
    uml = await Uml.start();
  });
  afterAll(() => uml.stop());

  const LONG = 600_000;
  const lines = async (script: string): Promise<readonly string[]> =>
    (await uml.sh(`${HELP}${script}\nkill $machine1 $machine2 $machine3`, LONG))
      .split('\n')
      .filter((line) => line !== '');

  test(
    'nothing of a vxlan fabric goes in the clear, nor is taken so; what was removed by hand is made anew; down leaves nothing',
    async () => {
      const said = await lines(`
everything > before
${wide('198.51.100.', `{ kind: vxlan, ${ENCRYPT} }`)}
for it in '-v' '--json'; do pipewright plan $it; done > shown
listening 'udp port 4789 or esp'
pipewright up --yes --quiet
reaches 1 10.0.0.12; reaches 2 10.0.0.13; reaches 3 10.0.0.11
reaches 1 -M do -s 1380 10.0.0.12
pipewright status --json >> shown
heard
grep -c 4789 seen || true
grep -q 'proto ESP (50), length 1500)' seen && echo 'packets as large as the wire takes'
grep -c 'flags \\[+\\]' seen || true
counts
for it in model survey; do pipewright plan --stage $it; done >> shown
grep -q '(secret)' shown && echo 'secrets are named'
{ echo $SHOP_KEY; keys | cut -c3-; } > secret
grep -cFf secret shown || true
grep -rqF $SHOP_KEY $PIPEWRIGHT_STATE_DIR && echo 'remembered, for root:'
find $PIPEWRIGHT_STATE_DIR -maxdepth 0 -perm 700 | wc -l
on 1 find /run/pipewright -maxdepth 0 -perm 700 | wc -l

on 2 ip xfrm policy deleteall dir out
reaches 2 10.0.0.11
on 1 ip xfrm state deleteall
reaches 3 10.0.0.11
pipewright status --check > /dev/null || echo "not as declared: $?"
pipewright plan | grep -c '+ xfrm'
pipewright up --yes --quiet
reaches 2 10.0.0.11; reaches 3 10.0.0.11
pipewright plan

listening 'udp port 4789 or esp'
pipewright down --yes --quiet
heard
grep -c 4789 seen || true
everything > after
diff before after && echo as before`);
      expect(said).toEqual([
        ...['1 reaches 10.0.0.12', '2 reaches 10.0.0.13', '3 reaches 10.0.0.11', '1 reaches -M do -s 1380 10.0.0.12'],
        ...['0', 'packets as large as the wire takes', '0'],
        ...[1, 2, 3].map((it) => `${it} has 4 states, 4 policies`),
        ...['secrets are named', '0', 'remembered, for root:', '1', '1'],
        ...['2 misses 10.0.0.11', '3 misses 10.0.0.11', 'not as declared: 3', '6'],
        ...['2 reaches 10.0.0.11', '3 reaches 10.0.0.11', 'wide: no changes'],
        ...['0', 'as before'],
      ]);
    },
    LONG,
  );

  test(
    'a new key: nothing is lost meanwhile, and nothing is left of the old one',
    async () => {
      const said = await lines(`
everything > before
${wide('198.51.100.', `{ kind: vxlan, ${ENCRYPT} }`)}
pipewright up --yes --quiet
pipewright doctor --host h1 | grep -o 'ok  *IPsec.*works' | tr -s ' '
spis > old
export SHOP_KEY=another-$SHOP_KEY
pipewright plan -v > shown
grep -cF $SHOP_KEY shown || true
crossing 1 2; crossing 2 3; crossing 3 1
pipewright up --yes --quiet
crossed
spis | comm -12 - old | wc -l
counts
pipewright plan
pipewright down --yes --quiet
everything > after
diff before after && echo as before`);
      expect(said).toEqual([
        ...['ok IPsec over IPv4 works', 'ok IPsec over IPv6 works', '0', '1 lost 0', '2 lost 0', '3 lost 0', '0'],
        ...[1, 2, 3].map((it) => `${it} has 4 states, 4 policies`),
        ...['wide: no changes', 'as before'],
      ]);
    },
    LONG,
  );

  test(
    'nor of a gre fabric over IPv6, from this machine, too; what fails leaves nothing',
    async () => {
      const said = await lines(`
ip addr add fd00::fe/64 dev hub nodad
everything() { for m in 1 2 3; do state $m; done; associations; ip xfrm state; ip xfrm policy; ip -o link show | settled; }
everything > before
${wide('fd00::', `{ kind: gre, ${ENCRYPT} }`)}
sed -i 's/^hosts:/&\\n  local: { underlay: "fd00::fe" }/; s/^nodes:/&\\n  n0: { networks: { lan: { address: 10.0.0.10\\/24 } } }/' pipewright.yaml
sed 's/n3: {/n3: { commands: [["false"]],/' pipewright.yaml > failing.yaml
listening 'proto gre or ip6 proto 47 or ip6 proto 50'
pipewright up -f failing.yaml --yes --quiet 2> /dev/null || echo "failed: $?"
everything > after
diff before after && echo as before
pipewright up --yes --quiet
reaches 1 10.0.0.12; reaches 2 10.0.0.13; reaches 3 10.0.0.11
reaches 1 -M do -s 1356 10.0.0.12
nsenter --net=/run/netns/wide-n0 ping -n -c 1 -W 5 10.0.0.13 > /dev/null && echo 'this machine reaches 3'
heard
grep -c 'GRE' seen || true
grep -q 'ESP' seen && echo encrypted
pipewright plan
pipewright down --yes --quiet
everything > after
diff before after && echo as before`);
      expect(said).toEqual([
        ...['failed: 1', 'as before'],
        ...['1 reaches 10.0.0.12', '2 reaches 10.0.0.13', '3 reaches 10.0.0.11', '1 reaches -M do -s 1356 10.0.0.12'],
        ...['this machine reaches 3', '0', 'encrypted', 'wide: no changes', 'as before'],
      ]);
    },
    LONG,
  );
});

test(
  'a kernel without ESP says what it lacks before anything is touched',
  onHosts(2, async ({ here, far }) => {
    const state = 'src 127.0.0.1 dst 127.0.0.1 proto esp spi 256 enc cipher_null 0x mode transport';
    const has = await here.run(['unshare', '--net', 'ip', 'xfrm', 'state', 'add', ...state.split(' ')]);
    if (has.code === 0) {
      console.warn('What a kernel without ESP says is not tested: this one has it');
      return;
    }
    const before = await Promise.all([here, ...far].map((it) => it.snapshot()));
    await here.write(
      'pipewright.yaml',
      `name: t
hosts: { h1: { ssh: root@h1, underlay: 198.51.100.1 }, h2: { ssh: root@h2, underlay: 198.51.100.2 } }
networks: { lan: { kind: bridge, subnet: 10.0.0.0/24, fabric: { encrypt: { key: ${'0123456789abcdef'.repeat(4)} } } } }
nodes: { a: { host: h1, networks: [lan] }, b: { host: h2, networks: [lan] } }
`,
    );
    const { code, stderr, stdout } = await here.tryPipewright('up', '--yes');
    expect(stderr).toMatch(/Host "h1" cannot have IPsec.*Requested type not found[^]*modprobe/);
    expect(stderr + stdout).not.toContain('0123456789abcdef');
    expect(code).toBe(4);
    const doctor = await here.tryPipewright('doctor', '--host', 'h1', '--json');
    const { hosts } = JSON.parse(doctor.stdout) as { hosts: Record<string, { checks: { name: string }[] }> };
    const fix = (option: string) => expect.stringContaining(`CONFIG_${option}`) as string;
    expect(hosts['h1']?.checks.filter((it) => it.name.startsWith('IPsec'))).toMatchObject([
      { name: 'IPsec over IPv4', ok: false, essential: true, fix: fix('INET_ESP') },
      { name: 'IPsec over IPv6', ok: false, essential: false, fix: fix('INET6_ESP') },
    ]);
    expect(doctor.code).toBe(4);
    expect(await Promise.all([here, ...far].map((it) => it.snapshot()))).toEqual(before);
  }),
  120_000,
);
