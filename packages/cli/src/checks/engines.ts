import type { KnownEngine } from '@pipewright/host';
import { type EngineAnswer, type Engines, engineSays, isFine, PipewrightError } from '@pipewright/plugin';
import type { Check } from './check.js';

const TIMEOUT_MS = 5000;

/** Each engine is asked for its version. One that no node needs may be missing. */
export const checkEngines = async (
  known: readonly KnownEngine[],
  engines: Engines,
  needed: ReadonlySet<string>,
): Promise<readonly Check[]> => Promise.all(known.map(async (it) => engineCheck(it, engines, needed.has(it.kind))));

async function engineCheck({ kind, spec }: KnownEngine, engines: Engines, essential: boolean): Promise<Check> {
  const check = { name: `engine of nodes of kind ${kind}`, ok: false, essential };
  const { title, sockets, package: pack, start } = spec;
  if (!engines.isThere(spec)) {
    const by = start === undefined ? '' : ` (\`${start}\`)`;
    const fix = `install and start ${title}${by}, so that it listens on ${sockets.join(' or ')}`;
    const missing = { ...check, detail: `no ${title} is there` };
    return essential ? { ...missing, ...(pack === undefined ? {} : { package: pack }), fix } : missing;
  }
  try {
    const answer = await engines.request(spec, { method: 'GET', path: '/version', timeoutMs: TIMEOUT_MS });
    if (isFine(answer)) return { ...check, ok: true, detail: `${title} ${versionIn(answer)}` };
    return { ...check, detail: `${title} says: ${engineSays(answer)}`, fix: `look at why ${title} does not answer` };
  } catch (error) {
    if (!(error instanceof PipewrightError)) throw error;
    return { ...check, detail: error.message, fix: error.fix };
  }
}

function versionIn({ body }: EngineAnswer): string {
  const { Version: version = 'of unknown version', ApiVersion: api } = body as Partial<Record<string, string>>;
  return api === undefined ? version : `${version}, API ${api}`;
}
