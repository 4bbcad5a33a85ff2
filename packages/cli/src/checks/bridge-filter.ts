import { type CommandResult, type Commands, DOCKER_USER } from '@pipewright/plugin';
import { type Check, firstLine } from './check.js';
import { textOf } from './files.js';

const CALLS_IPTABLES = '/proc/sys/net/bridge/bridge-nf-call-iptables';
/** Whether frames between two ports of a bridge may be dropped on their way by rules for what is routed. */
export async function checkBridgeFilter(commands: Commands): Promise<Check> {
  const isCalled = (await textOf(CALLS_IPTABLES, commands)).trim() === '1';
  return isCalled ? bridgeFilterCheck(await commands.run(['iptables', '-S'])) : check(true, 'nothing filters them');
}

/** Of `iptables -S`, where it sees such frames. */
export function bridgeFilterCheck({ code, stdout, stderr }: CommandResult): Check {
  if (code !== 0) return check(true, `iptables sees them, and cannot be asked: ${firstLine(stderr)}`);
  if (new RegExp(`^-N ${DOCKER_USER}$`, 'm').test(stdout))
    return check(true, `iptables sees them, and takes exceptions in its chain ${DOCKER_USER}`);
  if (!/^-P FORWARD DROP$/m.test(stdout)) return check(true, 'iptables sees them, and lets them pass');
  return check(false, `iptables drops them, and has no chain ${DOCKER_USER} for exceptions`);
}

const check = (ok: boolean, detail: string): Check => ({
  name: 'frames between ports of a bridge',
  ok,
  essential: false,
  detail,
  ...(ok ? {} : { fix: 'sysctl -w net.bridge.bridge-nf-call-iptables=0' }),
});
