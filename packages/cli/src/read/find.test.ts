import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findTopology } from './find.js';
import { asRoot } from './trust.js';

const SOMEBODY = 65_534;
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipewright-find-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe.skipIf(!asRoot())('as root, what somebody else can change', () => {
  test.each([
    ['pipewright.ts', 'export default {}', 'is a program'],
    ['pipewright.yaml', 'name: x\nplugins: [./x.ts]', 'names plugins'],
  ])('%s is not run unless it is given', async (file, text, why) => {
    await writeFile(join(folder, file), text);
    expect(await findTopology(folder)).toBe(join(folder, file));
    await chown(join(folder, file), SOMEBODY, SOMEBODY);
    await expect(findTopology(folder)).rejects.toMatchObject({
      code: 'PW_NOT_ROOTS',
      message: expect.stringContaining(why) as unknown,
    });
    await chown(join(folder, file), 0, 0);
    await chown(folder, SOMEBODY, SOMEBODY);
    await expect(findTopology(folder)).rejects.toMatchObject({ code: 'PW_NOT_ROOTS' });
  });

  test('plain data is read', async () => {
    await writeFile(join(folder, 'pipewright.yaml'), 'name: x\n');
    await chown(join(folder, 'pipewright.yaml'), SOMEBODY, SOMEBODY);
    expect(await findTopology(folder)).toBe(join(folder, 'pipewright.yaml'));
  });
});
