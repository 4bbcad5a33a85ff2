import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const EXAMPLES = fileURLToPath(new URL('../examples/', import.meta.url));

export const topologyOf = (name: string): string => readFileSync(`${EXAMPLES}${name}/pipewright.yaml`, 'utf8');

/** The lines of an example's README that are to be typed. */
interface ExampleLines {
  /** What the host is to be like: each line `ip …` or `pipewright …` before `pipewright up --yes`. */
  readonly before: readonly string[];
  /** Each line `pipewright exec …`, or `! pipewright exec …` where it shows what does not go. */
  readonly exec: readonly { readonly words: readonly string[]; readonly fails: boolean }[];
  /** What puts an end to the first: each line `pipewright …` after `pipewright down --yes`. */
  readonly after: readonly string[];
}

export function linesOf(name: string): ExampleLines {
  const text = readFileSync(`${EXAMPLES}${name}/README.md`, 'utf8');
  const [before = '', up = ''] = text.split(/^pipewright up --yes$/m);
  const [, after = ''] = up.split(/^pipewright down --yes$/m);
  return {
    before: typed(up === '' ? '' : before),
    exec: [...text.matchAll(/^(! )?pipewright exec (.*)$/gm)].map(([, not, words = '']) => ({
      words: words.split(/\s+/),
      fails: not !== undefined,
    })),
    after: typed(after),
  };
}

const typed = (text: string): readonly string[] => text.match(/^(ip|pipewright) .*$/gm) ?? [];

/** What many a kernel does not know. */
export const takesVlans = (name: string): boolean => topologyOf(name).includes('kind: vlan');

/** Why its routers cannot run here; undefined where they can, or there are none. */
export const whyNoFrr = (name = 'bgp'): string | undefined =>
  topologyOf(name).includes('frr.sh') && !existsSync('/usr/lib/frr/bgpd') ? 'needs FRR: apt install frr' : undefined;
