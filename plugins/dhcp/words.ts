import type { ClientKind } from './options.js';

/**
 * What one may add to a client's command, a letter each: `flags` stand alone, `valued` have a value. Which nic it is about,
 * which script it runs, what files it has and how long it runs is decided here; that it stays in the foreground may be said.
 */
const ALLOWED: Readonly<Record<ClientKind, { readonly flags: string; readonly valued: string }>> = {
  udhcpc: { flags: 'BCSafnov', valued: 'AFOTVrtx' },
  dhclient: { flags: '14dqv', valued: 'Dgs' },
  dhcpcd: { flags: '4ABGJKLdpq', valued: 'IOhilorstu' },
};

/** Neither a path, nor what a shell reads otherwise. */
const VALUE = /^[A-Za-z0-9_.,:=@+-]+$/;

/** The first word that is not for a user to say. */
export function refusedWord(client: ClientKind, words: readonly string[]): string | undefined {
  const { flags, valued } = ALLOWED[client];
  for (let next = 0; next < words.length; next += 1) {
    const word = words[next] ?? '';
    const [, letter = '', attached = ''] = /^-([A-Za-z0-9])(.*)$/s.exec(word) ?? [];
    if (letter !== '' && flags.includes(letter) && attached === '') continue;
    if (letter === '' || !valued.includes(letter)) return word;
    const value = attached === '' ? words[(next += 1)] : attached;
    if (value === undefined || !VALUE.test(value)) return value ?? word;
  }
  return undefined;
}

/** For people: `-B -C -o -v, -A VALUE`. */
export function allowedWords(client: ClientKind): string {
  const { flags, valued } = ALLOWED[client];
  return [...Array.from(flags, (it) => `-${it}`), ...Array.from(valued, (it) => `-${it} VALUE`)].join(', ');
}
