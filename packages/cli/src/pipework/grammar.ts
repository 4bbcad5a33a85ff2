import { cidr, fail, familyOf, ip, nicName, ifname, splitWords } from '@pipewright/plugin';
import { errors as commandErrors } from '../errors.js';
import { errors } from './errors.js';
import { macAddress } from './mac.js';
import type { AttachmentRequest, HostInterface, PipeworkRequest } from './request.js';

/** The options of a line, as the table of the command declares them. */
export interface PipeworkFlags {
  readonly wait: boolean;
  readonly 'direct-phys': boolean;
  readonly nic: string | undefined;
  readonly 'host-device': string | undefined;
  readonly family: string | undefined;
}

/** What stands for a program in the place of a host interface, with the program's own first words. */
const TOOLS: Readonly<Record<string, readonly string[]>> = {
  route: ['ip', 'route'],
  rule: ['ip', 'rule'],
  tc: ['tc'],
};

/** After these words all is the program's. */
export const isOfTool = ([verb = '', guest]: readonly string[]): boolean =>
  Object.hasOwn(TOOLS, verb) && guest !== undefined;

/** `IF GUEST ADDRESS [MAC][@VLAN]` and its kin. Throws for what means nothing. */
export function pipeworkRequest(words: readonly string[], flags: PipeworkFlags): PipeworkRequest {
  if (flags.wait) return waitRequest(words, flags);
  const nic = nicOf(flags);
  const [first, guest, third, fourth, ...more] = words;
  if (first === undefined || guest === undefined || third === undefined) return { form: 'syntax' };
  const tool = Object.hasOwn(TOOLS, first) ? TOOLS[first] : undefined;
  if (tool) return { form: 'tool', guest, argv: [...tool, ...words.slice(2)] };
  const option = words.find((it) => it.startsWith('-'));
  if (option !== undefined) fail(commandErrors.unknownOption(option, 'pipework', undefined));
  if (more[0] !== undefined) fail(commandErrors.extraArgument('pipework', more[0]));
  return {
    form: 'attach',
    hostInterface: hostInterface(first),
    directPhys: flags['direct-phys'],
    nic,
    hostDevice: hostDeviceOf(flags),
    guest,
    addressing: addressing(third, flags.family),
    ...macAndVlan(fourth),
  };
}

function waitRequest([extra]: readonly string[], flags: PipeworkFlags): PipeworkRequest {
  if (extra !== undefined) fail(commandErrors.extraArgument('pipework', extra));
  return { form: 'wait', nic: flags.nic === 'lo' ? 'lo' : nicOf(flags) }; // lo is never made, and may be waited for
}

function nicOf({ nic = 'eth1' }: PipeworkFlags): string {
  return nicName.safeParse(nic).success ? nic : fail(commandErrors.optionValue('-i', allowed(nicName), nic));
}

function hostDeviceOf({ 'host-device': name }: PipeworkFlags): string | undefined {
  const fine = name === undefined || ifname.safeParse(name).success;
  return fine ? name : fail(commandErrors.optionValue('-l', allowed(ifname), name));
}

const allowed = (schema: typeof ifname): string => schema.meta()?.description ?? '';

function hostInterface(word: string): HostInterface {
  const mac = /^mac:(.*)$/s.exec(word)?.[1];
  return mac === undefined ? { name: word } : { mac: mac.toLowerCase() };
}

const DHCP = /^(dhcp|udhcpc|dhclient|dhcpcd)(-f)?(?::(.*))?$/s;
/** The script keeps a client of the host only where its name ends in -f, and the one that it is not told of. */
function dhcp(word: string): AttachmentRequest['addressing'] | undefined {
  const [, client, kept, line = ''] = DHCP.exec(word) ?? [];
  if (client === undefined) return undefined;
  const options = splitWords(line) ?? fail(errors.badAddress(word));
  return { by: 'dhcp', options, ...(client === 'dhcp' ? {} : { client, ...(kept ? {} : { once: true }) }) };
}

const NO_ADDRESS = /^(0|0\.0\.0\.0|::)\/0$/;

/** After an `@` there may be nothing: scripts put variables there. */
function addressing(word: string, family: string | undefined): AttachmentRequest['addressing'] {
  const dynamic = dhcp(word);
  if (dynamic) return dynamic;
  const [address = '', gateway = '', ...more] = word.split('@');
  if (ip.safeParse(address).success) fail(errors.noNetmask(address, withPrefix(word, address)));
  const none = NO_ADDRESS.test(address);
  const fine = more.length === 0 && (none || cidr.safeParse(address).success);
  if (!fine || (gateway !== '' && !ip.safeParse(gateway).success)) fail(errors.badAddress(word));
  if (!none) checkFamily(address, family);
  return { by: 'static', ...(none ? {} : { address }), ...(gateway === '' ? {} : { gateway }) };
}

/** `10.0.0.1@10.0.0.254` → `10.0.0.1/24@10.0.0.254`; so is what has the length behind the gateway. */
const withPrefix = (word: string, address: string): string => {
  const [gateway = '', length = familyOf(address) === 6 ? '64' : '24'] = word.slice(address.length).split('/');
  return `${address}/${length}${gateway}`;
};

/** `-a 6`, `-a inet6`: what an address says by itself, so that it can only be wrong. */
function checkFamily(address: string, asked: string | undefined): void {
  const family = asked?.includes('6') ? 6 : 4;
  if (asked !== undefined && familyOf(address) !== family) fail(errors.otherFamily(address, family));
}

function macAndVlan(word = ''): Pick<AttachmentRequest, 'mac' | 'vlan'> {
  const [mac = '', vlan = ''] = word.split('@');
  return { mac: mac === '' ? undefined : macAddress(mac), vlan: vlan === '' ? undefined : vlanId(vlan) };
}

/** IEEE 802.1Q: 0 and 4095 are none. */
function vlanId(text: string): number {
  const id = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return id >= 1 && id <= 4094 ? id : fail(errors.badVlan(text));
}
