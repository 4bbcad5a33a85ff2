import { type DeviceAttrs, type HostFacts, LOCAL_HOST, type Resource, type Survey } from '@pipewright/plugin';
import type { ResourceTypes } from '../registry/registry.js';
import type { HostsFacts } from './hosts.js';

/** Whose devices are at home, and what was remembered of them. */
interface Lent {
  readonly topology: string;
  readonly replaced: readonly Resource[];
}

/**
 * What was found of each host, with the devices that it has lent to the topology where they came from, as they were: each
 * is lent anew or goes back by the same plan, so that what becomes of it must not be judged by what it is now.
 */
export function factsAtHome(survey: Survey, { topology, replaced }: Lent, types: ResourceTypes): HostsFacts {
  const home = survey.actual
    .filter((it) => it.type === 'device' && it.moved && it.owner === topology)
    .flatMap((it) => types.need(it.type).moves?.home(it, replaced) ?? []);
  if (home.length === 0) return survey;
  const on = (host: string, facts: HostFacts): HostFacts =>
    withDevices(
      facts,
      home.filter((it) => it.on.host === host),
    );
  return {
    facts: on(LOCAL_HOST, survey.facts),
    ...(survey.elsewhere
      ? { elsewhere: Object.fromEntries(Object.entries(survey.elsewhere).map(([host, it]) => [host, on(host, it)])) }
      : {}),
  };
}

function withDevices(facts: HostFacts, home: readonly Resource[]): HostFacts {
  const there = home.map(({ attrs }) => attrs as DeviceAttrs).map(deviceAt);
  const names = new Set(there.map(({ name }) => name));
  return { ...facts, devices: [...facts.devices.filter(({ name }) => !names.has(name)), ...there] };
}

const deviceAt = ({ name, kind, mac, mtu, up }: DeviceAttrs): HostFacts['devices'][number] => ({
  name,
  kind,
  ...(mac === undefined ? {} : { mac }),
  ...(mtu === undefined ? {} : { mtu }),
  ...(up === undefined ? {} : { up }),
});
