import { fail, mac } from '@pipewright/plugin';
import { errors } from './errors.js';

/** `fa:de:b0:99:52:1c`, or `U:` and a text that one is made from. */
export function macAddress(word: string): string {
  const made = /^U:(.*)$/s.exec(word)?.[1];
  const address = made === undefined ? word.toLowerCase() : macFromText(made);
  return mac.safeParse(address).success ? address : fail(errors.badMac(word));
}

/** 02 and the first 40 bits of the MD5 digest of the text as a line: what the script's `echo … | md5sum` made of it. */
function macFromText(text: string): string {
  const { createHash } = process.getBuiltinModule('node:crypto'); // few need it, and it takes long to load
  const digest = createHash('md5').update(`${text}\n`).digest('hex');
  return ['02', ...(digest.slice(0, 10).match(/../g) ?? [])].join(':');
}
