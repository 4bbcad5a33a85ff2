import {
  type FabricDriver,
  type FeatureDriver,
  fail,
  type LinkDriver,
  type NetworkDriver,
  type NodeDriver,
  type z,
} from '@pipewright/plugin';
import { errors } from './errors.js';

export interface KindsOf<D> {
  get(kind: string): D | undefined;
  kinds(): readonly string[];
  /** The driver of an entry that names no kind. */
  default(): D | undefined;
}

/** What the parser asks of the registries. */
export interface ParseRegistries {
  readonly nodes: KindsOf<NodeDriver>;
  readonly networks: KindsOf<NetworkDriver>;
  readonly links: KindsOf<LinkDriver>;
  readonly fabrics: KindsOf<FabricDriver>;
  readonly features: readonly FeatureDriver[];
}

export const driversOf = <D>(drivers: KindsOf<D>): readonly D[] =>
  drivers.kinds().flatMap((kind) => drivers.get(kind) ?? []);

/** Whether we make it, or take it as it is. */
export const isManaged = ({ managed }: NodeDriver, options: unknown): boolean =>
  typeof managed === 'function' ? managed(options as never) : managed;

export type AnyDriver = NodeDriver | NetworkDriver | LinkDriver | FabricDriver;

export type EntryWord = 'node' | 'network' | 'link' | 'fabric';

/** The options that features add to entries of a driver. */
export const featureSchemas = (
  word: EntryWord,
  driver: AnyDriver,
  features: readonly FeatureDriver[],
): readonly { readonly kind: string; readonly schema: z.ZodObject }[] =>
  features.flatMap(({ kind, options, takes, fabric }) => {
    const schema = word === 'fabric' ? fabric?.options : options?.[word];
    return schema && (word !== 'node' || (takes?.(driver as NodeDriver) ?? true)) ? [{ kind, schema }] : [];
  });

/** The keys of one kind of entry, by who brings them: the core, the driver, features. */
export interface EntryShape {
  readonly common: z.ZodObject;
  readonly parts: readonly z.ZodObject[];
  readonly keys: readonly string[];
}

interface Part {
  readonly from: string;
  readonly schema: z.ZodObject;
}

/** The shape of each kind that is asked for, made once. A key that two claim is a mistake of a plugin and thrown. */
export class EntryShapes<D extends AnyDriver, C extends z.ZodObject = z.ZodObject> {
  readonly #byKind = new Map<string, EntryShape>();
  #common: C | undefined;

  constructor(
    readonly word: EntryWord,
    readonly drivers: KindsOf<D>,
    private readonly makeCommon: (features: readonly FeatureDriver[]) => C,
    readonly features: readonly FeatureDriver[],
  ) {}

  /** The core's own keys, of every kind; made when they are asked for, as most texts have entries of few words. */
  get common(): C {
    return (this.#common ??= this.makeCommon(this.features));
  }

  of(kind: string): EntryShape | undefined {
    const known = this.#byKind.get(kind);
    const driver = known ? undefined : this.drivers.get(kind);
    if (!driver) return known;
    const shape = this.#shape(driver);
    this.#byKind.set(kind, shape);
    return shape;
  }

  /** Keys that some kind has. */
  allKeys(): readonly string[] {
    return [...new Set(this.drivers.kinds().flatMap((kind) => this.of(kind)?.keys ?? []))];
  }

  #shape(driver: D): EntryShape {
    const parts: Part[] = [{ from: `kind ${driver.kind}`, schema: driver.options }, ...this.#featureParts(driver)];
    const owners = this.#owners([{ from: 'pipewright itself', schema: this.common }, ...parts]);
    return { common: this.common, parts: parts.map((part) => part.schema), keys: [...owners.keys()] };
  }

  #featureParts(driver: D): readonly Part[] {
    return featureSchemas(this.word, driver, this.features).map(({ kind, schema }) => ({
      from: `feature ${kind}`,
      schema,
    }));
  }

  #owners(parts: readonly Part[]): ReadonlyMap<string, string> {
    const owners = new Map<string, string>();
    for (const { from, schema } of parts)
      for (const key of Object.keys(schema.shape)) {
        const other = owners.get(key);
        if (other !== undefined) fail(errors.optionTwice(key, this.word, other, from));
        owners.set(key, from);
      }
    return owners;
  }
}
