import { formatCidr, parseCidr, parseIp } from '@pipewright/plugin';

/** An address as it was meant, where others write such: `02-00-00-00-00-01`, `10.0.0.1/255.255.255.0`, `010.0.0.1`. */
export function respelled(text: string, allowedValue: string): string | undefined {
  const spell = allowedValue.includes('MAC address')
    ? asMac
    : /\baddress\b|\bsubnet\b/.test(allowedValue)
      ? asIp
      : undefined;
  const meant = spell?.(text.trim());
  return meant === text || (meant?.includes('/') === false && needsLength(allowedValue)) ? undefined : meant;
}

const needsLength = (allowedValue: string): boolean => /subnet|with its prefix length/.test(allowedValue);

const asMac = (text: string): string | undefined => {
  const pairs = /^[\da-f]{4}([.:-]?)[\da-f]{4}\1[\da-f]{4}$/i.test(text)
    ? text.replaceAll(/[.:-]/g, '').match(/../g)
    : /^[\da-f]{1,2}([:-][\da-f]{1,2}){5}$/i.test(text)
      ? text.split(/[:-]/)
      : undefined;
  return pairs?.map((it) => it.padStart(2, '0').toLowerCase()).join(':');
};

function asIp(text: string): string | undefined {
  const [address = '', length] = text.split('/');
  // 010 is 10 to some programs and 8 to others: it is never taken, and what is nearest is said.
  const bare = address.replace(/%.*/, '').replaceAll(/\b0+(?=\d+(\.|$))/g, '');
  const meant = length === undefined ? bare : `${bare}/${lengthOf(length) ?? length}`;
  const parsed = parseCidr(meant);
  return parsed ? formatCidr(parsed) : parseIp(meant)?.address;
}

/** `255.255.255.0`: 24. */
function lengthOf(mask: string): number | undefined {
  const value = parseIp(mask)?.value;
  if (value === undefined || !mask.includes('.')) return undefined;
  const bits = value.toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : undefined;
}
