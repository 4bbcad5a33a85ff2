import {
  contains,
  type Diagnostic,
  type Family,
  type Model,
  type NetworkDevice,
  networkOf,
  type NetworkSpec,
  parseCidr,
  problem,
} from '@pipewright/plugin';
import { errors } from './errors.js';
import type { NetworkOptions } from './options.js';

/** A network that the host is in. */
export type HostedNetwork = NetworkSpec<NetworkOptions> & { readonly device: NetworkDevice };

export const isHosted = (it: NetworkSpec): it is HostedNetwork => it.device !== undefined;

/** Networks of the model that the host is in and that ask for something. */
export const networksThat = (option: keyof NetworkOptions, { networks }: Model): readonly HostedNetwork[] =>
  networks.filter(isHosted).filter((it) => it.options[option] === true);

/** Subnets of a network in which addresses are: those of the file, and those that the host is in. */
export function subnetsOf({
  subnets,
  addresses,
}: NetworkSpec): readonly { readonly family: Family; readonly text: string }[] {
  const texts = [...subnets, ...addresses].flatMap((it) => parseCidr(it) ?? []);
  const all = new Map(texts.map((it) => [networkOf(it), it.family] as const));
  return [...all].map(([text, family]) => ({ family, text }));
}

/** Whether the host has an address in the network that reaches this one. */
export const reachesFromHost = ({ addresses }: NetworkSpec, address: string): boolean => {
  const cidr = parseCidr(address);
  return cidr !== undefined && addresses.flatMap((it) => parseCidr(it) ?? []).some((it) => contains(it, cidr));
};

const OPTIONS = ['isolated', 'internal', 'nat'] as const;

/** What networks ask for and cannot have. */
export const networkProblems = ({ networks }: Model): readonly Diagnostic[] =>
  (networks as readonly NetworkSpec<NetworkOptions>[]).flatMap((it) => {
    const { name, kind, options, path, device } = it;
    const cannot = OPTIONS.filter(
      (option) => options[option] === true && !(option === 'isolated' ? device?.isBridge : device),
    );
    const [has, at] = [(option: keyof NetworkOptions) => options[option] === true, (key: string) => [...path, key]];
    return [
      ...cannot.map((option) => problem(errors.noDevice(name, kind, option), at(option))),
      ...(has('isolated') && it.fabric !== undefined ? [problem(errors.isolatedAcross(name), at('isolated'))] : []),
      ...(has('nat') && has('internal') ? [problem(errors.natInternal(name), at('internal'))] : []),
      ...(has('nat') && subnetsOf(it).length === 0 ? [problem(errors.noSubnet(name), at('nat'))] : []),
    ];
  });
