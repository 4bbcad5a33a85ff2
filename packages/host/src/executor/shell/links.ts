import type { Commands } from '@pipewright/plugin';
import type { FoundLink, LinksIn } from '../find-moved.js';
import { inNamespace, type NamespacePath, parseAnswers } from '../survey/answers.js';

/** The devices of a namespace, as `ip` tells. */
async function linksOf(commands: Commands, path: NamespacePath): Promise<readonly FoundLink[]> {
  const { stdout } = await commands.run(inNamespace(path, ['ip', '-j', 'link', 'show']));
  const rows = (parseAnswers(stdout) ?? []).flat() as readonly {
    readonly ifname?: string;
    readonly address?: string;
  }[];
  return rows.map(({ ifname = '', address: mac }) => ({ name: ifname, mac }));
}

export const anyLinkOf = async (commands: Commands, names: readonly string[]): Promise<boolean> =>
  (await linksOf(commands, undefined)).some(({ name }) => names.includes(name));

/** As `path` leads to them; a place that nobody has seen since it went has none. */
export const linksBy =
  (commands: Commands, path: (on: Parameters<LinksIn>[0]) => NamespacePath): LinksIn =>
  async (on) => {
    try {
      return await linksOf(commands, path(on));
    } catch {
      return undefined;
    }
  };
