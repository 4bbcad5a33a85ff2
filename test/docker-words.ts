import type { Dockerd } from '@pipewright/testkit';

/** A topology of one. */
export const container = (name: string, more = ''): string =>
  `name: t\nnetworks: { lan: { kind: bridge, subnet: 10.0.0.0/24 } }\nnodes:\n  ${name}: { kind: docker, networks: [lan]${more} }\n`;

export const MADE = container('made', ', image: "bb:1", stop-timeout: 0');

export const names = async (engine: Dockerd, format = '{{.Names}}'): Promise<readonly string[]> =>
  (await engine.docker('ps', '--all', '--format', format)).trim().split('\n').filter(Boolean).sort();

export const idOf = async (engine: Dockerd, name: string): Promise<string> =>
  (await engine.docker('inspect', '--format', '{{.Id}}', name)).trim();
