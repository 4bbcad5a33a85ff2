/** One thing tried out. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Without it nothing works, or not the topology at hand. */
  readonly essential: boolean;
  /** What was found: a version, or the words of what failed. */
  readonly detail: string;
  /** The Debian package that brings it. */
  readonly package?: string;
  readonly fix?: string;
}

export const firstLine = (text: string): string => text.trim().split('\n')[0] ?? '';

/** Where no network namespace could be made, or `ip` not be run, nothing is known of the kernel: that is told by itself. */
export const ifTried = (it: Check): Check =>
  it.ok || !it.detail.startsWith('unshare:')
    ? it
    : { name: it.name, ok: false, essential: false, detail: it.detail.replace('unshare:', 'not tried:') };
