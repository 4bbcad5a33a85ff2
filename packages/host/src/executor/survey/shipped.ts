import {
  type EngineAnswer,
  type Engines,
  isFine,
  parseExposed,
  PipewrightError,
  type Shipped,
  type ShippedQuestion,
} from '@pipewright/plugin';

/** What images and containers say of themselves; of more than this nobody here asks. */
interface Described {
  readonly Config?: {
    readonly Hostname?: string;
    readonly Env?: readonly string[] | null;
    readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
  };
  readonly HostConfig?: {
    readonly ReadonlyRootfs?: boolean;
    readonly Tmpfs?: Readonly<Record<string, string>> | null;
  };
}

/** What nodes bring of their own, by node; of those nothing of which there is nothing, or an engine that does not answer. */
export async function readShipped(
  asked: readonly ShippedQuestion[],
  engines: Engines,
): Promise<Readonly<Record<string, Shipped>>> {
  const found = await Promise.all(asked.map(async (it) => [it.node, await ask(it, engines)] as const));
  return Object.fromEntries(found.flatMap(([node, it]) => (it ? [[node, it] as const] : [])));
}

async function ask({ engine, container, image }: ShippedQuestion, engines: Engines): Promise<Shipped | undefined> {
  if (!engines.isThere(engine)) return undefined;
  const of =
    image === undefined ? `/containers/${encodeURIComponent(container)}` : `/images/${encodeURIComponent(image)}`;
  try {
    const answer = await engines.request(engine, { method: 'GET', path: `${of}/json` });
    return isFine(answer) ? shippedOf(answer) : undefined;
  } catch (error) {
    if (error instanceof PipewrightError) return undefined; // whoever needs the engine says what is wrong with it
    throw error;
  }
}

function shippedOf({ body }: EngineAnswer): Shipped {
  const { Config: config, HostConfig: host } = body as Described;
  const env = (config?.Env ?? []).flatMap((it) => {
    const at = it.indexOf('=');
    return at > 0 ? [[it.slice(0, at), it.slice(at + 1)] as const] : [];
  });
  const isReadOnly = host?.ReadonlyRootfs === true && !Object.keys(host.Tmpfs ?? {}).includes('/run');
  return {
    expose: Object.keys(config?.ExposedPorts ?? {}).flatMap((it) => parseExposed(it) ?? []),
    env: Object.fromEntries(env),
    ...(config?.Hostname ? { hostname: config.Hostname } : {}),
    ...(isReadOnly ? { readOnly: true } : {}),
  };
}
