import { type Commands, isFine } from '@pipewright/plugin';
import { errors } from '../../errors.js';
import { type Entering, inspected, inspection } from '../survey/containers.js';
import { absent, refused } from '../survey/located.js';

/**
 * The way into a container of another machine. Nobody holds its process there: it was the container's before its namespace
 * was looked at, and is after it.
 */
export const enterThere =
  (commands: Commands): Entering =>
  async (target, { Id: id, State: { Pid: pid = 0 } }, engine, engines) => {
    const path = `/proc/${pid}/ns/net`;
    const { code, stdout } = await commands.run(['stat', '-Lc', '%d:%i', '--', path, '/proc/self/ns/net']);
    const again = await inspection(engines)(engine, id);
    if (code !== 0 || !isFine(again) || inspected(again).State.Pid !== pid)
      return absent(target, errors.containerMoved(target.name, engine.title));
    const [its = '', own] = stdout.trim().split('\n');
    if (its === own) return refused(target, errors.hostNamespace(target.name));
    return { node: { ...target, state: 'present' }, path, pid, inode: Number(its.replace(/.*:/, '')) };
  };
