import type { AttachRequest } from '@pipewright/core';
import type { Engine } from '../engine.js';
import { changeNic } from '../nic-change.js';
import type { Output } from '../output/output.js';
import { abortedBySignal } from '../signals.js';
import { networkFor } from './host-interface.js';
import type { AttachmentRequest } from './request.js';

/** What such a line calls the keys of a nic. */
const WORDS = {
  guest: 'GUEST',
  network: 'HOSTIF',
  name: '-i',
  'host-device': '-l',
  address: 'ADDRESS',
  gateway: 'GATEWAY',
  dhcp: 'ADDRESS',
  mac: 'MAC',
  vlan: 'VLAN',
};

interface Attachment {
  readonly topology: string;
  readonly engine: Engine;
  readonly output: Output;
  readonly dryRun: boolean;
}

/** Like the script: says nothing unless something is wrong. */
export function attach(request: AttachmentRequest, { topology, engine, output, dryRun }: Attachment): Promise<number> {
  const asked = attachRequest(request, topology);
  const signal = abortedBySignal();
  const { topologies } = engine;
  return changeNic({
    engine,
    output,
    dryRun,
    signal,
    asked,
    plan: () => topologies.planAttach(asked),
    apply: (planned) => topologies.attach(planned, signal),
  });
}

function attachRequest(request: AttachmentRequest, topology: string): AttachRequest {
  const { addressing, guest, nic, hostDevice, mac } = request;
  return {
    topology,
    base: process.cwd(),
    guest,
    network: (devices, moved) => networkFor(request, devices, moved),
    nic,
    hostDevice,
    ...addressingOf(addressing),
    lastGatewayWins: true,
    mac,
    mtu: undefined,
    words: WORDS,
  };
}

function addressingOf(
  addressing: AttachmentRequest['addressing'],
): Pick<AttachRequest, 'addresses' | 'gateways' | 'dynamic'> {
  if (addressing.by === 'static') {
    const { address, gateway } = addressing;
    return { addresses: address === undefined ? [] : [address], gateways: gateway === undefined ? [] : [gateway] };
  }
  const { by, ...options } = addressing;
  return { addresses: [], gateways: [], dynamic: [{ by, options }] };
}
