import { Uml, whyNoUml } from '@pipewright/testkit';
import { afterAll, beforeAll, describe } from 'vitest';

/** One core without hardware. */
const SLOW = 150_000;

/** What a shell script says, line by line. */
export type Lines = (script: string) => Promise<readonly string[]>;

/** `settled` leaves out what the kernel says of a carrier a while after it has changed. */
export const SETTLED = `
settled() { sed -E 's/NO-CARRIER,|,LOWER_UP| state [A-Z]+//g; s/ tentative//'; }
`;

const HELP = `${SETTLED}
state() { ip -o -d link show | settled; ip -o addr show | settled; bridge vlan show; }
reaches() { nsenter --net=/run/netns/"$1" ping -n -c 3 -i 0.3 -W 1 "$2" > /dev/null && echo "$1 reaches $2" || echo "$1 misses $2"; }
changes() { pipewright plan --json | grep -c '"action"' || true; }
`;

/** Tests of what many a kernel lacks, on one of their own that is booted once; `help` stands before each script. */
export function onOwnKernel(what: string, help: string, tests: (lines: Lines) => void): void {
  const reason = whyNoUml();
  if (reason !== undefined) console.warn(`${what} are not tested: ${reason}`);
  describe.skipIf(reason !== undefined)(what, { timeout: SLOW }, () => {
    let uml: Uml;
    beforeAll(async () => {
      uml = await Uml.start();
    });
    afterAll(() => uml.stop());
    tests(async (script) => (await uml.sh(`${HELP}${help}${script}`, SLOW)).split('\n'));
  });
}
