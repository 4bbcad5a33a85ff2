/**
 * As a virtual machine that has one nic: a user without rights opens a tap by its name, and answers to pings.
 * Words: the file of /dev/net/tun that it opens, the tap, the user's number, the machine's address.
 */
import { openSync, readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';

const koffi = createRequire(new URL('../packages/host/package.json', import.meta.url))('koffi');
const [file, name, user, address] = process.argv.slice(2);
const ioctl = koffi.load(null).func('int ioctl(int fd, unsigned long request, void *argument)');
const own = Buffer.from(address.split('.').map(Number));
const mac = Buffer.from('02000000000a', 'hex');

process.setgroups([]);
process.setgid(Number(user));
process.setuid(Number(user));

const fd = openSync(file, 'r+');
const request = Buffer.alloc(40);
request.write(name);
request.writeUInt16LE(0x2 | 0x1000, 16); // IFF_TAP, IFF_NO_PI
if (ioctl(fd, 0x400454ca, request) < 0) {
  console.log(`refused: ${koffi.errno() === koffi.os.errno.EPERM ? 'EPERM' : String(koffi.errno())}`);
  process.exit(1);
}
console.log('open');

/** Back to who sent it. */
function answer(frame) {
  frame.copy(frame, 0, 6, 12);
  mac.copy(frame, 6);
  writeSync(fd, frame);
}

for (;;) {
  const buffer = Buffer.alloc(2048);
  const frame = buffer.subarray(0, readSync(fd, buffer));
  const type = frame.readUInt16BE(12);
  if (type === 0x0806 && frame.subarray(38, 42).equals(own)) {
    frame.writeUInt16BE(2, 20);
    frame.copy(frame, 32, 22, 32);
    mac.copy(frame, 22);
    own.copy(frame, 28);
    answer(frame);
  } else if (type === 0x0800 && frame.subarray(30, 34).equals(own) && frame[23] === 1 && frame[34] === 8) {
    frame.copy(frame, 30, 26, 30);
    own.copy(frame, 26);
    frame[34] = 0;
    const sum = frame.readUInt16BE(36) + 0x0800;
    frame.writeUInt16BE((sum & 0xffff) + (sum >> 16), 36);
    answer(frame);
  }
}
