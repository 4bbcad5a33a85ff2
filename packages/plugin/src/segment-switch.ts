import { address, cable, device, type DeviceAttrs, nicEnd, segmentEnd } from './constructors.js';
import type { Compiled } from './drivers.js';
import type { Fault } from './errors.js';
import { letThrough } from './let-through.js';
import type { CompileContext, NetworkSpec } from './model.js';
import { ref, type Resource } from './resource.js';

/** What a network's switch is made of, in the kernel's words for kinds. */
export interface SwitchParts {
  readonly kind: string;
  readonly cable: string;
  /** Name of the device; made from topology and network where none is given. */
  readonly name?: string | undefined;
  /** Said where frames between its ports are dropped, and no rule of ours can help. */
  readonly dropped: (device: string, program: string) => Fault;
}

/** A device of the host, up, and the resources that make each nic of the network a port of it. */
export function segmentSwitch(
  network: NetworkSpec,
  parts: SwitchParts,
  context: CompileContext,
): { readonly box: Resource<DeviceAttrs>; readonly resources: Compiled } {
  const { names } = context;
  const { name: id, segment, mtu, members } = network;
  const extra = parts.name === undefined ? { altnames: names.altnames(id) } : {};
  const attrs = { kind: parts.kind, mac: names.mac(id), mtu, up: true, ...extra };
  const box = device(segment, parts.name ?? names.device(id), attrs, { id });
  return {
    box,
    resources: [
      box,
      ...network.addresses.map((it) => address(box, it)),
      ...members.flatMap((nic) =>
        cable(parts.cable, { ...segmentEnd(nic, segment, names, mtu), master: ref(box) }, nicEnd(nic)),
      ),
      ...letThrough(network, { box, dropped: (program) => parts.dropped(box.attrs.name, program) }, context),
    ],
  };
}
