import { get } from 'node:http';
import { pathOf } from './tools.js';

/** What to install of these programs, each with the Debian package that brings it; undefined where all are there. */
export function whatIsMissing(
  needed: Readonly<Record<string, string>>,
  isThere = (program: string): boolean => pathOf(program) !== undefined,
): string | undefined {
  const missing = Object.entries(needed).filter(([program]) => !isThere(program));
  if (missing.length === 0) return undefined;
  const packages = new Set(missing.map(([, name]) => name));
  return `needs ${missing.map(([program]) => program).join(', ')}: apt-get install ${[...packages].join(' ')}`;
}

/** A script that puts what the image of a test consists of into a folder. */
export const imageFolder = (folder: string): string => `
mkdir -p ${folder}/bin ${folder}/etc
cp "$(command -v busybox)" ${folder}/bin/busybox
for it in sh sleep ip ping cat env nc httpd grep; do ln -s busybox ${folder}/bin/$it; done`;

/** Whether an engine listens there. */
export function isAnswering(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    get({ socketPath, path: '/_ping' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    }).on('error', () => {
      resolve(false);
    });
  });
}
