/** A section of a file as systemd and NetworkManager have them: its keys in order, one may be there several times. */
export interface Section {
  readonly name: string;
  readonly entries: readonly (readonly [key: string, value: string])[];
}

export function sectionsOf(text: string): readonly Section[] {
  const sections: { name: string; entries: (readonly [string, string])[] }[] = [];
  for (const line of text.split('\n').map((it) => it.trim())) {
    if (line.startsWith('#') || line.startsWith(';')) continue;
    const [, name] = /^\[(.*)\]$/.exec(line) ?? [];
    const [, key, value] = /^([^=]+?)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) sections.push({ name, entries: [] });
    else if (key !== undefined && value !== undefined) sections.at(-1)?.entries.push([key, value]);
  }
  return sections;
}

/** Whether a pattern of a shell is a name: `*`, `?`, `[a-z]`. */
export function matchesGlob(pattern: string, name: string): boolean {
  const source = pattern
    .replaceAll(/[\\^$.+(){}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  try {
    return new RegExp(`^${source.replaceAll('[!', '[^')}$`).test(name);
  } catch {
    return false; // a bracket that is not closed
  }
}
