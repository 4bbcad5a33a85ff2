import type { AttachRequest } from '@pipewright/core';
import {
  cidr,
  type Diagnostic,
  fail,
  type Fault,
  ifname,
  ip,
  mac,
  mtu,
  nicName,
  pairsOf,
  type NicSettings,
  PipewrightError,
  problem,
  topologyName,
  vlanId,
  z,
} from '@pipewright/plugin';
import { errors } from '../errors.js';

/** The words of a command line that ask for one nic. */
export interface NicOptions {
  readonly name: string | undefined;
  readonly network: string | undefined;
  readonly address: readonly string[];
  readonly nic: string | undefined;
  readonly mac: string | undefined;
  readonly mtu: string | undefined;
  readonly parent: string | undefined;
  readonly 'host-device': string | undefined;
  readonly vlan: string | undefined;
  readonly trunk: string | undefined;
  readonly down: boolean;
  readonly promisc: boolean;
  readonly sysctl: readonly string[];
  readonly qdisc: readonly string[];
  readonly offload: readonly string[];
}

/** The topology of nics that were attached without one. */
export const ADHOC = 'adhoc';

const ADDRESS =
  'an address with its prefix length, and perhaps a gateway: 10.0.0.2/24, 10.0.0.2/24@10.0.0.1; or what finds one, as dhcp; or none by itself';
/** None, or the kind of what finds addresses. */
const WORD = /^[a-z][a-z0-9-]*$/;
const MTU = 'a whole number of bytes from 68 to 65535';
const DEVICE = 'a device name: at most 15 letters, digits, _ . + -; not a word iproute2 reads otherwise';
const SYSCTL = 'a kernel parameter and its value: net.ipv4.conf.IFNAME.rp_filter=0';
const VLAN = 'a VLAN id from 1 to 4094';
const OFFLOAD = 'a feature and what becomes of it: tx=off';
const NIC = 'a nic name: letters, digits, _ . + -; at most 127 of them; not lo, nor a word iproute2 reads otherwise';

/** Throws all that is wrong with the words at once. */
export function attachRequest(guest: string, options: NicOptions, base: string): AttachRequest {
  const { network } = options;
  if (network === undefined) return fail(errors.missingArgument('attach', '--network NETWORK'));
  const [dynamic, addresses] = worded(options.address);
  const parsed = addresses.map(addressAndGateway);
  complain([
    ...topologyFaults(options.name),
    ...addresses.flatMap((text, index) => (parsed[index] ? [] : [errors.optionValue('--address', ADDRESS, text)])),
    ...wrong('--nic', options.nic, nicName, NIC),
    ...wrong('--parent', options.parent, nicName, NIC),
    ...wrong('--mac', options.mac, mac, mac.meta()?.description ?? ''),
    ...wrong('--mtu', options.mtu, MTU_TEXT, MTU),
    ...wrong('--vlan', options.vlan, VLAN_TEXT, VLAN),
    ...wrong('--host-device', options['host-device'], ifname, DEVICE),
    ...unpaired('--sysctl', options.sysctl, SYSCTL),
    ...unpaired('--offload', options.offload, OFFLOAD),
  ]);
  return {
    topology: options.name ?? ADHOC,
    base,
    guest,
    network,
    nic: options.nic,
    addresses: parsed.flatMap((it) => it?.address ?? []),
    dynamic: dynamic.map((by) => ({ by })),
    gateways: parsed.flatMap((it) => it?.gateway ?? []),
    mac: options.mac,
    mtu: options.mtu === undefined ? undefined : Number(options.mtu),
    parent: options.parent,
    hostDevice: options['host-device'],
    vlan: options.vlan === undefined ? undefined : Number(options.vlan),
    trunk: options.trunk?.split(','),
    settings: settingsOf(options),
  };
}

/** `none` by itself asks for nothing; beside others it is a mistake, as any text that is no address. */
function worded(texts: readonly string[]): readonly [words: readonly string[], addresses: readonly string[]] {
  if (texts.length === 1 && texts[0] === 'none') return [[], []];
  const isWord = (it: string): boolean => WORD.test(it) && it !== 'none';
  return [texts.filter(isWord), texts.filter((it) => !isWord(it))];
}

/** As a file would have them. */
const settingsOf = ({ down, promisc, sysctl, offload, qdisc }: NicOptions): NicSettings => ({
  ...(down ? { up: false } : {}),
  ...(promisc ? { promisc } : {}),
  ...(offload.length > 0 ? { offload: pairsOf<string>(offload) as NonNullable<NicSettings['offload']> } : {}),
  ...(qdisc.length > 0 ? { qdisc } : {}),
  ...(sysctl.length > 0 ? { sysctls: pairsOf<string>(sysctl) } : {}),
});

/** Of a name of the topology and of a nic, as `detach` is given them. */
export const checkNames = ({ name, nic }: Pick<NicOptions, 'name' | 'nic'>): void =>
  complain([...topologyFaults(name), ...wrong('--nic', nic, nicName, NIC)]);

const VLAN_TEXT = z.string().regex(/^\d+$/).transform(Number).pipe(vlanId);
const MTU_TEXT = z.string().regex(/^\d+$/).transform(Number).pipe(mtu);

function addressAndGateway(text: string): { readonly address: string; readonly gateway?: string } | undefined {
  const [address = '', gateway, ...more] = text.split('@');
  if (more.length > 0 || !cidr.safeParse(address).success) return undefined;
  if (gateway === undefined) return { address };
  return ip.safeParse(gateway).success ? { address, gateway } : undefined;
}

const topologyFaults = (name: string | undefined): readonly Fault[] =>
  name === undefined || topologyName.safeParse(name).success ? [] : [errors.badTopologyName(name)];

const wrong = (option: string, text: string | undefined, schema: z.ZodType, allowed: string): readonly Fault[] =>
  text === undefined || schema.safeParse(text).success ? [] : [errors.optionValue(option, allowed, text)];

const unpaired = (option: string, texts: readonly string[], allowed: string): readonly Fault[] =>
  texts.filter((it) => !/^[^=]+=./.test(it)).map((it) => errors.optionValue(option, allowed, it));

function complain(faults: readonly Fault[]): void {
  const [first] = faults;
  if (!first) return;
  const diagnostics: readonly Diagnostic[] = faults.map((it) => problem(it, []));
  throw new PipewrightError(faults.length === 1 ? first : errors.badCommandLine(faults.length), { diagnostics });
}
