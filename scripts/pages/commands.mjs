import { page } from './page.mjs';

/** docs/reference/commands.md: what --help says. */
export async function commandsPage() {
  const { commandReference } = await import('../../packages/cli/dist/reference.js');
  return { 'docs/reference/commands.md': page('packages/cli/src/commands', commandReference()) };
}
