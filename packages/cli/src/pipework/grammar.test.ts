import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../argv/parse.js';
import pipework from '../commands/pipework.js';
import { type PipeworkFlags, pipeworkRequest } from './grammar.js';
import type { AttachmentRequest, PipeworkRequest } from './request.js';

async function read(line: string): Promise<PipeworkRequest> {
  const asked = await parseCommandLine(['pipework', ...(line === '' ? [] : line.split(' '))], [pipework]);
  if (!('command' in asked)) throw new Error('it asks for help');
  // The parser reads what the table of the command declares.
  return pipeworkRequest(asked.words, asked.options as unknown as PipeworkFlags);
}

const PLAIN: AttachmentRequest = {
  form: 'attach',
  hostInterface: { name: 'br1' },
  directPhys: false,
  nic: 'eth1',
  hostDevice: undefined,
  guest: 'web',
  addressing: { by: 'static', address: '192.168.1.1/24' },
  mac: undefined,
  vlan: undefined,
};

describe('a nic', () => {
  const cases: readonly (readonly [string, Partial<AttachmentRequest>])[] = [
    ['br1 web 192.168.1.1/24', {}],
    ['br1 -i wan0 web 192.168.1.1/24', { nic: 'wan0' }],
    ['br1 -l hostapp1 web 192.168.1.1/24', { hostDevice: 'hostapp1' }],
    ['br1 -i wan0 -l hostapp1 -a 4 web 192.168.1.1/24', { nic: 'wan0', hostDevice: 'hostapp1' }],
    ['br1 -a 4 -l hostapp1 -i wan0 web 192.168.1.1/24', { nic: 'wan0', hostDevice: 'hostapp1' }],
    ['-i wan0 br1 web 192.168.1.1/24', { nic: 'wan0' }],
    ['br1 web 192.168.1.1/24 --nic=wan0', { nic: 'wan0' }],
    ['br1 -a inet web 192.168.1.1/24', {}],
    ['br1 -a 6 web fd00:1::1/64', { addressing: { by: 'static', address: 'fd00:1::1/64' } }],
    ['br1 -a inet6 web fd00:1::1/64', { addressing: { by: 'static', address: 'fd00:1::1/64' } }],
    ['br1 web fd00:1::1/64', { addressing: { by: 'static', address: 'fd00:1::1/64' } }],
    [
      'br1 web 192.168.1.1/24@192.168.1.254',
      { addressing: { by: 'static', address: '192.168.1.1/24', gateway: '192.168.1.254' } },
    ],
    ['br1 web 0/0', { addressing: { by: 'static' } }],
    ['br1 web 0.0.0.0/0', { addressing: { by: 'static' } }],
    ['br1 -a 6 web ::/0', { addressing: { by: 'static' } }],
    ['br1 web 192.168.1.1/24 FA:DE:B0:99:52:1C', { mac: 'fa:de:b0:99:52:1c' }],
    ['br1 web 192.168.1.1/24 U:myhost.foo.com', { mac: '02:72:6c:cd:9b:8d' }],
    ['br1 web 192.168.1.1/24 fa:de:b0:99:52:1c@10', { mac: 'fa:de:b0:99:52:1c', vlan: 10 }],
    ['br1 web 192.168.1.1/24 @10', { vlan: 10 }],
    ['br1 web 192.168.1.1/24@ @', {}],
    ['br1 web 192.168.1.1/24 fa:de:b0:99:52:1c@', { mac: 'fa:de:b0:99:52:1c' }],
    ['mac:FA:DE:B0:99:52:1C web 192.168.1.1/24', { hostInterface: { mac: 'fa:de:b0:99:52:1c' } }],
    ['--direct-phys eth0 web 192.168.1.1/24', { hostInterface: { name: 'eth0' }, directPhys: true }],
    ['dummy web 192.168.1.1/24', { hostInterface: { name: 'dummy' } }],
    ['tc0 web 192.168.1.1/24', { hostInterface: { name: 'tc0' } }],
    ['br1 pid:4711 192.168.1.1/24', { guest: 'pid:4711' }],
    ['br1 web dhcp', { addressing: { by: 'dhcp', options: [] } }],
    ['br1 web dhcp:-t5 @3', { addressing: { by: 'dhcp', options: ['-t5'] }, vlan: 3 }],
    ...['udhcpc', 'dhclient', 'dhcpcd'].flatMap(
      (client): readonly (readonly [string, Partial<AttachmentRequest>])[] => [
        [`br1 web ${client}`, { addressing: { by: 'dhcp', client, once: true, options: [] } }],
        [`br1 web ${client}:-t5 @3`, { addressing: { by: 'dhcp', client, once: true, options: ['-t5'] }, vlan: 3 }],
        [`br1 web ${client}-f`, { addressing: { by: 'dhcp', client, options: [] } }],
      ],
    ),
  ];
  test.each(cases)('%s', async (line, expected) => expect(await read(line)).toEqual({ ...PLAIN, ...expected }));
});

describe('what else there is', () => {
  const cases: readonly (readonly [string, PipeworkRequest])[] = [
    ['--wait', { form: 'wait', nic: 'eth1' }],
    ['--wait -i wan0', { form: 'wait', nic: 'wan0' }],
    ['-i wan0 --wait', { form: 'wait', nic: 'wan0' }],
    ['--wait -i lo', { form: 'wait', nic: 'lo' }],
    ['route web show', { form: 'tool', guest: 'web', argv: ['ip', 'route', 'show'] }],
    [
      'rule web add from 10.99.0.1 lookup 99',
      { form: 'tool', guest: 'web', argv: ['ip', 'rule', 'add', 'from', '10.99.0.1', 'lookup', '99'] },
    ],
    ['tc web -s -i qdisc --help', { form: 'tool', guest: 'web', argv: ['tc', '-s', '-i', 'qdisc', '--help'] }],
    ['tc web -- -s qdisc', { form: 'tool', guest: 'web', argv: ['tc', '-s', 'qdisc'] }],
    ['', { form: 'syntax' }],
    ['br1', { form: 'syntax' }],
    ['br1 web', { form: 'syntax' }],
    ['route web', { form: 'syntax' }],
    ['-i wan0 br1 web', { form: 'syntax' }],
  ];
  test.each(cases)('"%s"', async (line, expected) => expect(await read(line)).toEqual(expected));
});

describe('mistakes', () => {
  const cases: readonly (readonly [string, { readonly code: string; readonly exit: number }, RegExp])[] = [
    ['br1 web 192.168.1.10', { code: 'PW_PIPEWORK_NO_NETMASK', exit: 1 }, /192\.168\.1\.10\/24 /],
    ['br1 web 10.0.0.1@10.0.0.254', { code: 'PW_PIPEWORK_NO_NETMASK', exit: 1 }, /10\.0\.0\.1\/24@10\.0\.0\.254 /],
    ['br1 web 10.0.0.1@10.0.0.254/16', { code: 'PW_PIPEWORK_NO_NETMASK', exit: 1 }, /10\.0\.0\.1\/16@10\.0\.0\.254 /],
    ['br1 web fd00::1', { code: 'PW_PIPEWORK_NO_NETMASK', exit: 1 }, /fd00::1\/64 /],
    ['br1 web 999.1.1.1/24', { code: 'PW_PIPEWORK_BAD_ADDRESS', exit: 1 }, /999\.1\.1\.1/],
    ['br1 web 10.0.0.1/24@gw', { code: 'PW_PIPEWORK_BAD_ADDRESS', exit: 1 }, /@gw/],
    ['br1 web 10.0.0.1/24@10.0.0.2@3', { code: 'PW_PIPEWORK_BAD_ADDRESS', exit: 1 }, /@3/],
    ['br1 web dhcpcd-g', { code: 'PW_PIPEWORK_BAD_ADDRESS', exit: 1 }, /dhcpcd-g/],
    ['br1 -a 6 web 10.0.0.1/24', { code: 'PW_PIPEWORK_FAMILY', exit: 1 }, /IPv6.*10\.0\.0\.1/],
    ['br1 -a 4 web fd00::1/64', { code: 'PW_PIPEWORK_FAMILY', exit: 1 }, /IPv4.*fd00::1/],
    ['br1 -a 5 web 10.0.0.1/24', { code: 'PW_OPTION_VALUE', exit: 2 }, /--family is "5"/],
    ['br1 web 10.0.0.1/24 01:00:00:00:00:01', { code: 'PW_PIPEWORK_BAD_MAC', exit: 2 }, /01:00:00:00:00:01/],
    ['br1 web 10.0.0.1/24 web', { code: 'PW_PIPEWORK_BAD_MAC', exit: 2 }, /"web"/],
    ['br1 web 10.0.0.1/24 @0', { code: 'PW_PIPEWORK_BAD_VLAN', exit: 2 }, /"0"/],
    ['br1 web 10.0.0.1/24 @4095', { code: 'PW_PIPEWORK_BAD_VLAN', exit: 2 }, /4095/],
    ['br1 web 10.0.0.1/24 U:web more', { code: 'PW_EXTRA_ARGUMENT', exit: 2 }, /"more"/],
    ['--wait eth0', { code: 'PW_EXTRA_ARGUMENT', exit: 2 }, /"eth0"/],
    ['--wait -i eth0 web', { code: 'PW_EXTRA_ARGUMENT', exit: 2 }, /"web"/],
    ['br1 -i eth/1 web 10.0.0.1/24', { code: 'PW_OPTION_VALUE', exit: 2 }, /-i is "eth\/1"/],
    ['br1 -i lo web 10.0.0.1/24', { code: 'PW_OPTION_VALUE', exit: 2 }, /-i is "lo"/],
    ['br1 -l sixteen-letters0 web 10.0.0.1/24', { code: 'PW_OPTION_VALUE', exit: 2 }, /-l is "sixteen/],
    ['br1 -i', { code: 'PW_OPTION_VALUE', exit: 2 }, /needs a value/],
    ['br1 web 10.0.0.1/24 --bogus', { code: 'PW_UNKNOWN_OPTION', exit: 2 }, /--bogus/],
    ['--direct br1 web 10.0.0.1/24', { code: 'PW_UNKNOWN_OPTION', exit: 2 }, /--direct/],
  ];
  test.each(cases)('%s', async (line, expected, says) => {
    const failure: unknown = await read(line).catch((error: unknown) => error);
    expect(failure).toMatchObject(expected);
    const { message, fix } = failure as { readonly message: string; readonly fix: string };
    expect(`${message} ${fix}`).toMatch(says);
  });
});
