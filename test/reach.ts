import type { Sandbox } from '@pipewright/testkit';

/** Answers on every port that it is told, of TCP and UDP, in both families. */
const SERVER = `
import net from 'node:net';
import dgram from 'node:dgram';
import { writeFileSync } from 'node:fs';
const [ready, ...ports] = process.argv.slice(2);
const servers = ports.map((it) => {
  const [port, protocol] = it.split('/');
  if (protocol === 'udp') {
    const socket = dgram.createSocket('udp6');
    socket.on('message', (_, from) => socket.send(from.address, from.port, from.address));
    return new Promise((done) => socket.bind(+port, '::', done));
  }
  const server = net.createServer((it) => it.on('error', () => {}).end(it.remoteAddress));
  return new Promise((done) => server.listen(+port, '::', done));
});
Promise.all(servers).then(() => writeFileSync(ready, process.pid + '\\n'));
`;

/** Prints, of words as `tcp 10.0.0.1 80`, those that answered, each with whom the other side saw. */
const CLIENT = `
import net from 'node:net';
import dgram from 'node:dgram';
const ask = (word) => new Promise((done) => {
  const [protocol, host, port, from] = word.split(' ');
  setTimeout(() => done([]), 2500); // a SYN is sent again after one second
  const answered = (text) => done([[word, String(text).replace('::ffff:', '')]]);
  if (protocol === 'udp') {
    const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.on('message', answered).on('error', () => done([]));
    const send = () => socket.send('x', +port, host, () => {});
    if (from) socket.bind(+from, send); else send();
  } else {
    const socket = net.connect({ host, port: +port, ...(from ? { localPort: +from } : {}) });
    socket.on('data', answered).on('error', () => done([]));
  }
});
const all = await Promise.all(process.argv.slice(2).map(ask));
console.log(JSON.stringify(Object.fromEntries(all.flat())));
process.exit(0);
`;

/** Has something listen on these ports (`80`, `53/udp`) in each of the namespaces; undefined: the host's own. */
export async function listen(
  host: Sandbox,
  namespaces: readonly (string | undefined)[],
  ports: readonly string[],
): Promise<void> {
  await host.write('server.mjs', SERVER);
  await host.write('client.mjs', CLIENT);
  for (const namespace of namespaces)
    host.spawn(
      ['node', 'server.mjs', `${namespace ?? 'host'}.ready`, ...ports],
      namespace === undefined ? {} : { namespace },
    );
  const files = namespaces.map((it) => `${it ?? 'host'}.ready`).join(' ');
  await host.sh(`for it in ${files}; do until [ -s $it ]; do sleep 0.02; done; done`);
}

/**
 * Who answers of `tcp 10.0.0.1 80` (with a port to call from as fourth word), to a namespace or the host itself; each
 * with the address that the other side saw.
 */
export async function answers(
  host: Sandbox,
  namespace: string | undefined,
  words: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const where = namespace === undefined ? {} : { namespace };
  const printed = await host.run(['node', 'client.mjs', ...words], where);
  return printed.json() as Readonly<Record<string, string>>;
}

/** Ends all that listens. */
export const stopListening = (host: Sandbox): Promise<string> =>
  host.sh('for pid in $(cat *.ready); do kill $pid; while [ -e /proc/$pid ]; do sleep 0.01; done; done; rm *.ready');
