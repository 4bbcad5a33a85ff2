import { asArray, type PortVlans, vlanId, vlanIdsIn, vlanRanges, z } from '@pipewright/plugin';

const TRUNK = 'a list of VLAN ids from 1 to 4094, and ranges of them: [10, 20-29]';

const range = z
  .string()
  .refine((text) => isRange(text), { error: () => TRUNK })
  .meta({ pattern: '^[0-9]{1,4}(-[0-9]{1,4})?$' });

function isRange(text: string): boolean {
  const [, first, last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(text) ?? [];
  return Number(first) >= 1 && Number(first) <= Number(last) && Number(last) <= 4094;
}

/** The VLANs of a nic in a network that tells them apart. */
export const vlanKeys = {
  vlan: vlanId.optional().meta({ description: 'the VLAN that it is in, untagged; of a trunk, its native one' }),
  trunk: z
    .array(z.union([vlanId, range], { error: () => TRUNK }))
    .min(1, TRUNK)
    .optional()
    .meta({ description: `the VLANs that it takes in and sends with their tags: ${TRUNK}` }),
};

type VlanKeys = z.output<z.ZodObject<typeof vlanKeys>>;

export function portVlansOf({ vlan, trunk }: VlanKeys): PortVlans | undefined {
  if (vlan === undefined && trunk === undefined) return undefined;
  const tagged = asArray(trunk).flatMap((it) => vlanIdsIn(String(it)));
  return {
    ...(vlan === undefined ? {} : { untagged: vlan }),
    tagged: vlanRanges(tagged.filter((it) => it !== vlan)),
  };
}
