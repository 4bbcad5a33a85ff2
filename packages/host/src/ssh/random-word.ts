/** Hexadecimal. node:crypto takes long to load: most commands need none. */
export const randomWord = (bytes: number): string =>
  process.getBuiltinModule('node:crypto').randomBytes(bytes).toString('hex');
