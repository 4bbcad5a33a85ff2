import { createRequire } from 'node:module';
import type Koffi from 'koffi';

/**
 * koffi's build for glibc by its path, which spares what chooses among all builds: as much time again as loading it.
 * Undefined where that is not what this machine needs, or not where npm puts it.
 */
export function loadBuild(): typeof Koffi | undefined {
  const { arch } = process;
  try {
    return createRequire(import.meta.url)(`@koromix/koffi-linux-${arch}/linux_${arch}/koffi.node`) as typeof Koffi;
  } catch {
    return undefined;
  }
}
