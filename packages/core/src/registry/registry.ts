import {
  DEVICE_KIND,
  type DeviceAttribute,
  type DeviceKind,
  FABRIC_DRIVER,
  type FabricDriver,
  FEATURE_DRIVER,
  type FeatureDriver,
  fail,
  LINK_DRIVER,
  type LinkDriver,
  NETWORK_DRIVER,
  type NetworkDriver,
  NODE_DRIVER,
  type NodeDriver,
  RESOURCE_TYPE,
  type ResourceType,
} from '@pipewright/plugin';
import { inject, injectAll, injectable } from '../di.js';
import { errors } from '../errors.js';

interface Kinded {
  readonly kind: string;
  readonly default?: true;
}

/** Drivers of one contract by their kind. Two of one kind were refused when their plugins were read. */
class KindRegistry<D extends Kinded> {
  readonly #byKind: ReadonlyMap<string, D>;

  constructor(drivers: readonly D[]) {
    this.#byKind = new Map(drivers.map((driver) => [driver.kind, driver]));
  }

  get(kind: string): D | undefined {
    return this.#byKind.get(kind);
  }

  /** For kinds the parser has checked already. */
  need(kind: string): D {
    return this.#byKind.get(kind) ?? fail(errors.unknownKind(kind, this.kinds()));
  }

  kinds(): readonly string[] {
    return [...this.#byKind.keys()].sort();
  }

  all(): readonly D[] {
    return [...this.#byKind.values()];
  }

  /** The kind of an entry that names none. */
  default(): D | undefined {
    return this.all().find((driver) => driver.default);
  }
}

@injectable()
export class NodeDrivers extends KindRegistry<NodeDriver> {
  constructor(@injectAll(NODE_DRIVER, { isOptional: true }) drivers: readonly NodeDriver[]) {
    super(drivers);
  }
}

@injectable()
export class NetworkDrivers extends KindRegistry<NetworkDriver> {
  constructor(@injectAll(NETWORK_DRIVER, { isOptional: true }) drivers: readonly NetworkDriver[]) {
    super(drivers);
  }
}

@injectable()
export class LinkDrivers extends KindRegistry<LinkDriver> {
  constructor(@injectAll(LINK_DRIVER, { isOptional: true }) drivers: readonly LinkDriver[]) {
    super(drivers);
  }
}

@injectable()
export class FabricDrivers extends KindRegistry<FabricDriver> {
  constructor(@injectAll(FABRIC_DRIVER, { isOptional: true }) drivers: readonly FabricDriver[]) {
    super(drivers);
  }
}

@injectable()
export class ResourceTypes {
  readonly #byType: ReadonlyMap<string, ResourceType>;

  constructor(@injectAll(RESOURCE_TYPE, { isOptional: true }) types: readonly ResourceType[]) {
    this.#byType = new Map(types.map((type) => [type.type, type]));
  }

  need(type: string): ResourceType {
    return this.#byType.get(type) ?? fail(errors.unknownResourceType(type, [...this.#byType.keys()]));
  }

  all(): readonly ResourceType[] {
    return [...this.#byType.values()];
  }
}

/** Attribute tables of kernel devices; what several plugins bring of one kind is joined. */
@injectable()
export class DeviceKinds {
  readonly #byKind: ReadonlyMap<string, DeviceKind>;

  constructor(@injectAll(DEVICE_KIND, { isOptional: true }) kinds: readonly DeviceKind[]) {
    this.#byKind = joinDeviceKinds(kinds);
  }

  get(kind: string): DeviceKind | undefined {
    return this.#byKind.get(kind);
  }
}

export function joinDeviceKinds(kinds: readonly DeviceKind[]): ReadonlyMap<string, DeviceKind> {
  const joined = new Map<string, DeviceKind>();
  for (const kind of kinds) {
    const known = joined.get(kind.kind);
    const attributes: Record<string, DeviceAttribute> = { ...known?.attributes, ...kind.attributes };
    const ports = known?.ports || kind.ports ? { ports: { ...known?.ports, ...kind.ports } } : {};
    joined.set(kind.kind, { ...known, ...kind, attributes, ...ports });
  }
  return joined;
}

/** All registries of a run, handed to the stages as one value. */
@injectable()
export class Registries {
  constructor(
    @inject(NodeDrivers) readonly nodes: NodeDrivers,
    @inject(NetworkDrivers) readonly networks: NetworkDrivers,
    @inject(LinkDrivers) readonly links: LinkDrivers,
    @inject(FabricDrivers) readonly fabrics: FabricDrivers,
    @injectAll(FEATURE_DRIVER, { isOptional: true }) readonly features: readonly FeatureDriver[],
    @inject(ResourceTypes) readonly types: ResourceTypes,
    @inject(DeviceKinds) readonly deviceKinds: DeviceKinds,
  ) {}
}
