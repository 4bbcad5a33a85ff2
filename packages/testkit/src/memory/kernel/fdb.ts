import type { ProgramCall } from '../programs.js';
import { findDevice } from './links.js';

const said = (stderr: string) => ({ code: 255, stderr });

/** The program `bridge`, as far as tunnels are told by it: `bridge fdb append MAC dev DEVICE dst ADDRESS self permanent`. */
export function bridgeProgram({
  argv,
  namespace,
}: ProgramCall): { readonly code: number; readonly stderr: string } | undefined {
  const [, object, verb, mac = '', , dev = '', , dst = ''] = argv;
  if (object !== 'fdb' || !namespace) return undefined;
  const device = findDevice(namespace, dev);
  if (!device) return said(`Cannot find device "${dev}"`);
  const others = namespace.fdb.filter((it) => it.device !== device.index || it.mac !== mac || it.dst !== dst);
  if (verb === 'del' && others.length === namespace.fdb.length)
    return said('RTNETLINK answers: No such file or directory');
  namespace.fdb = verb === 'del' ? others : [...others, { device: device.index, mac, dst }];
  return undefined;
}
