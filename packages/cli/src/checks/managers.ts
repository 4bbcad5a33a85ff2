import type { Commands } from '@pipewright/plugin';
import type { Check } from './check.js';
import { type ConfigFile, configFiles, runningPrograms, textOf } from './files.js';
import { matchesGlob, type Section, sectionsOf } from './ini.js';
import type { HostDevice, Needs } from './needs.js';

/** Programs that configure whatever device appears: a lease, an address, a master that nobody declared. */
export async function checkManagers(needs: Needs, commands: Commands): Promise<readonly Check[]> {
  const [running, ofNetworkManager, ofNetworkd] = await Promise.all([
    runningPrograms(commands),
    networkManagerFiles(commands),
    networkdFiles(commands),
  ]);
  return [
    managerCheck(NETWORK_MANAGER, running.has('NetworkManager'), ofNetworkManager, needs),
    managerCheck(NETWORKD, running.has('systemd-network'), ofNetworkd, needs),
  ];
}

async function networkManagerFiles(commands: Commands): Promise<readonly ConfigFile[]> {
  const path = '/etc/NetworkManager/NetworkManager.conf';
  const folders = ['/etc', '/run', '/usr/lib'].map((it) => `${it}/NetworkManager/conf.d`);
  const [text, more] = await Promise.all([textOf(path, commands), configFiles(folders, '.conf', commands)]);
  return [{ path, text }, ...more];
}

const networkdFiles = (commands: Commands): Promise<readonly ConfigFile[]> =>
  configFiles(
    ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].map((it) => `${it}/systemd/network`),
    '.network',
    commands,
  );

interface Manager {
  readonly name: string;
  readonly takes: (device: HostDevice, files: readonly ConfigFile[]) => boolean;
  /** What to type, so that it leaves devices of these names alone. */
  readonly fix: (patterns: readonly string[]) => string;
}

/** It takes what it is not told to leave alone. */
export const NETWORK_MANAGER: Manager = {
  name: 'NetworkManager',
  takes: (device, files) => !unmanagedBy(files).some((spec) => isMeant(spec, device)),
  fix: (patterns) =>
    `printf '[keyfile]\\nunmanaged-devices+=${patterns.map((it) => `interface-name:${it}`).join(';')}\\n' > /etc/NetworkManager/conf.d/99-pipewright.conf && nmcli general reload`,
};

/** It takes what a file of its own is about: the first one that is. */
export const NETWORKD: Manager = {
  name: 'systemd-networkd',
  takes: (device, files) => {
    const first = files.map(({ text }) => sectionsOf(text)).find((sections) => isAbout(sections, device));
    return first !== undefined && !/^(yes|true|on|1)$/i.test(valueOf(first, 'Link', 'Unmanaged') ?? '');
  },
  fix: (patterns) =>
    `printf '[Match]\\nName=${patterns.join(' ')}\\n[Link]\\nUnmanaged=yes\\n' > /etc/systemd/network/05-pipewright.network && networkctl reload`,
};

export function managerCheck(
  { name, takes, fix }: Manager,
  runs: boolean,
  files: readonly ConfigFile[],
  { topology, hostDevices }: Needs,
): Check {
  const taken = runs ? hostDevices.filter((it) => takes(it, files)) : [];
  const check = { name, ok: taken.length === 0, essential: false };
  if (!runs) return { ...check, detail: 'does not run' };
  if (check.ok) return { ...check, detail: 'runs, and leaves our devices alone' };
  const names = [...new Set(taken.map((it) => it.name))];
  return { ...check, detail: `runs, and may take ${names.join(', ')}`, fix: fix(patternsFor(topology, names)) };
}

/** Most names begin with the topology's; the others were chosen in it. */
const patternsFor = (topology: string, names: readonly string[]): readonly string[] => [
  `${topology}-*`,
  ...names.filter((it) => !it.startsWith(`${topology}-`)),
];

/** NetworkManager.conf(5): lists of what it leaves alone, of all files together or of the last that says so. */
function unmanagedBy(files: readonly ConfigFile[]): readonly string[] {
  const sections = files.flatMap(({ text }) => sectionsOf(text));
  const listed = sections
    .filter(({ name }) => name === 'keyfile')
    .flatMap(({ entries }) => entries)
    .reduce<readonly string[]>((known, [key, value]) => {
      if (key === 'unmanaged-devices') return [value];
      return key === 'unmanaged-devices+' ? [...known, value] : known;
    }, []);
  const bySection = sections
    .filter((it) => it.name.startsWith('device') && /^(0|no|false)$/i.test(valueOf([it], it.name, 'managed') ?? ''))
    .map((it) => valueOf([it], it.name, 'match-device') ?? '*');
  return [[...listed].join(';'), ...bySection];
}

/** One list: whoever is in it and not excepted by it. */
function isMeant(list: string, device: HostDevice): boolean {
  const specs = list.split(/[;,]/).map((it) => it.trim());
  const excepted = specs.filter((it) => it.startsWith('except:')).map((it) => it.slice('except:'.length));
  return specs.some((it) => isDevice(it, device)) && !excepted.some((it) => isDevice(it, device));
}

function isDevice(spec: string, { name, kind }: HostDevice): boolean {
  const [, key = 'interface-name', value = ''] = /^(?:(interface-name|type|driver):)?([^:]*)$/.exec(spec) ?? [];
  if (key !== 'interface-name') return value === kind;
  return value.startsWith('=') ? value.slice(1) === name : matchesGlob(value, name);
}

/** systemd.network(5): all lines of [Match] must be true; of those about hardware none is of such a device. */
function isAbout(sections: readonly Section[], device: HostDevice): boolean {
  const lines = sections.filter(({ name }) => name === 'Match').flatMap(({ entries }) => entries);
  return lines.length > 0 && lines.every((line) => isTrue(line, device));
}

/** Virtual devices have no type of their own beyond that of their frames; drivers and kinds have one name. */
function isTrue([key, value]: readonly [string, string], { name, kind }: HostDevice): boolean {
  switch (key) {
    case 'Name':
      return isAmong(value, name);
    case 'Kind':
    case 'Driver':
      return isAmong(value, kind);
    case 'Type':
      return isAmong(value, 'ether');
    default:
      return false;
  }
}

/** Patterns between blanks; with `!` before the first, all but those. */
function isAmong(value: string, word: string): boolean {
  const isNot = value.startsWith('!');
  const patterns = (isNot ? value.slice(1) : value).split(/\s+/).filter((it) => it !== '');
  return patterns.some((it) => matchesGlob(it, word)) !== isNot;
}

const valueOf = (sections: readonly Section[], section: string, key: string): string | undefined =>
  sections
    .filter(({ name }) => name === section)
    .flatMap(({ entries }) => entries)
    .findLast(([its]) => its === key)?.[1];
