import { checksumOf } from './checksum.js';
import { macBytes, prefixOf } from './netlink/address-text.js';

/** An address that a device has now. */
export interface Announced {
  readonly mac: string;
  /** With or without its prefix length. */
  readonly address: string;
}

const ARP = 0x0806;
const IPV6 = 0x86dd;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const ALL_NODES = 'ff02::1';
const ALL_NODES_MAC = '33:33:00:00:00:01'; // RFC 2464, 7

/**
 * The frame that tells the neighbours of a device at which MAC address an address is now, so that what they remember
 * follows: an ARP announcement (RFC 5227, 3), or an unsolicited neighbour advertisement (RFC 4861, 7.2.6).
 */
export function announcement({ mac, address }: Announced): Uint8Array {
  const { family, bytes } = prefixOf(address);
  return family === 4 ? arp(macBytes(mac), bytes) : neighbourAdvertisement(macBytes(mac), bytes);
}

/** The ICMPv6 message of an announcement of an IPv6 address; the kernel, which puts IP around it, sets its checksum. */
export const advertisement = (it: Announced): Uint8Array => announcement(it).subarray(ETHERNET_HEADER + IPV6_HEADER);

const ETHERNET_HEADER = 14;
const IPV6_HEADER = 40;

/** One for a MAC address that only another machine knows. */
export interface BlankAnnouncement {
  readonly frame: Uint8Array;
  /** Where in it the MAC address goes. */
  readonly blanks: readonly number[];
  /** Where a checksum stands that covers one of these. */
  readonly checksum?: number;
}

export function blankAnnouncement(address: string): BlankAnnouncement {
  const frame = announcement({ mac: '00:00:00:00:00:00', address });
  return prefixOf(address).family === 4 ? { frame, blanks: [6, 22] } : { frame, blanks: [6, 80], checksum: 56 };
}

const words = (...values: readonly number[]): readonly number[] => values.flatMap((it) => [it >> 8, it & 0xff]);

/** A request for its own address. */
const arp = (mac: Uint8Array, address: Uint8Array): Uint8Array =>
  Uint8Array.from([
    ...[...macBytes(BROADCAST), ...mac, ...words(ARP)],
    ...[...words(1, 0x0800), 6, 4, ...words(1)], // Ethernet, IPv4, their lengths; a request
    ...[...mac, ...address, 0, 0, 0, 0, 0, 0, ...address],
  ]);

function neighbourAdvertisement(mac: Uint8Array, address: Uint8Array): Uint8Array {
  const to = prefixOf(ALL_NODES).bytes;
  const override = [0x20, 0, 0, 0];
  const linkLayerAddress = [2, 1, ...mac];
  const message = (checksum: number): readonly number[] => [
    ...[136, 0, ...words(checksum)],
    ...[...override, ...address, ...linkLayerAddress],
  ];
  const { length } = message(0);
  const pseudoHeader = [...address, ...to, 0, 0, ...words(length), 0, 0, 0, 58]; // RFC 8200, 8.1
  return Uint8Array.from([
    ...[...macBytes(ALL_NODES_MAC), ...mac, ...words(IPV6)],
    ...[0x60, 0, 0, 0, ...words(length), 58, 255, ...address, ...to],
    ...message(checksumOf([...pseudoHeader, ...message(0)])),
  ]);
}
