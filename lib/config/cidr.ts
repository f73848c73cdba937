import ipaddr from 'ipaddr.js';

export type IpFamily = 'ipv4' | 'ipv6';

type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** A named part of the address space. */
interface Named {
  readonly cidr: string;
  readonly name: string;
  readonly network: Network;
}

const named = (...ranges: readonly (readonly [cidr: string, name: string])[]): readonly Named[] =>
  ranges.map(([cidr, name]) => ({ cidr, name, network: known(cidr) }));

const WORDS = {
  ipv4: { family: 'IPv4', single: 32, widest: 8, form: /^\d{1,3}(\.\d{1,3}){3}\/(0|[1-9]\d?)$/ },
  ipv6: { family: 'IPv6', single: 128, widest: 16, form: /^[0-9a-f:.]+\/(0|[1-9]\d{0,2})$/i },
} as const;

/**
 * Addresses that PayCA cannot call from. Documentation ranges are not here: they are example values.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const NOT_PUBLIC: Readonly<Record<IpFamily, readonly Named[]>> = {
  ipv4: named(
    ['0.0.0.0/8', 'this network'],
    ['10.0.0.0/8', 'private'],
    ['100.64.0.0/10', 'carrier-grade NAT'],
    ['127.0.0.0/8', 'loopback'],
    ['169.254.0.0/16', 'link-local'],
    ['172.16.0.0/12', 'private'],
    ['192.0.0.0/24', 'reserved'],
    ['192.31.196.0/24', 'reserved'],
    ['192.52.193.0/24', 'reserved'],
    ['192.88.99.0/24', 'reserved'],
    ['192.168.0.0/16', 'private'],
    ['192.175.48.0/24', 'reserved'],
    ['198.18.0.0/15', 'benchmarking'],
    ['224.0.0.0/4', 'multicast'],
    ['240.0.0.0/4', 'reserved'],
  ),
  ipv6: named(
    ['::1/128', 'loopback'],
    ['::ffff:0:0/96', 'IPv4-mapped'],
    ['64:ff9b::/96', 'IPv4 translation'],
    ['fc00::/7', 'private'],
    ['fe80::/10', 'link-local'],
    ['ff00::/8', 'multicast'],
    // What is left of the space outside 2000::/3, the only part given out for public use.
    ['::/3', 'reserved'],
    ['4000::/2', 'reserved'],
    ['8000::/1', 'reserved'],
    ['2001::/23', 'reserved'],
    ['2002::/16', '6to4'],
    ['2620:4f:8000::/48', 'reserved'],
  ),
};

/** RFC 5737, RFC 3849, RFC 9637: ranges for documentation, so nobody's. */
const DOCUMENTATION = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'].map(known);

/** What a CIDR must be and what it is instead, or `undefined` when it is a public range, written as AWS takes it. */
export function cidrProblem(text: string, family: IpFamily): { must: string; found: string } | undefined {
  const words = WORDS[family];
  const must = `must be a public ${words.family} CIDR`;
  const network = parse(text, family);
  if (!network) return { must, found: withNote(text, family) };
  if (network[1] < words.widest) return { must: `${must} of /${words.widest} or smaller`, found: text };
  const special = NOT_PUBLIC[family].find((range) => overlap(network, range.network));
  if (special) return { must, found: `${text} (${inWords(text, special)})` };
  const address = networkAddress(network);
  if (address === network[0].toString()) return undefined;
  return {
    must: `must have no bits set after the prefix: ${address}/${network[1]}, or ${network[0]}/${words.single} for one address`,
    found: text,
  };
}

/** A valid CIDR in the one spelling that can be compared as text (RFC 5952 for IPv6). */
export function canonicalCidr(text: string): string {
  const [address, prefix] = known(text);
  return `${address}/${prefix}`;
}

/** Entries that repeat or overlap an earlier one; entries that are not valid by themselves are passed over. */
export function overlaps(
  entries: readonly unknown[],
  family: IpFamily,
): { index: number; must: string; found: string }[] {
  const valid = entries.flatMap((text, index) =>
    typeof text === 'string' && !cidrProblem(text, family) ? [{ text, index, network: known(text) }] : [],
  );
  return valid.flatMap((entry, position) => {
    const earlier = valid.slice(0, position).find((other) => overlap(entry.network, other.network));
    if (!earlier) return [];
    const [one, other] = [entry.network[1], earlier.network[1]];
    const relation = one === other ? 'the same as' : one > other ? 'which is inside' : 'which contains';
    const found = `${entry.text}, ${relation} ${family}[${earlier.index}] ${earlier.text}`;
    return [{ index: entry.index, must: 'must not overlap another entry', found }];
  });
}

/** Whether a valid CIDR lies in a range that is set aside for documentation. */
export function isDocumentationCidr(text: string): boolean {
  const network = known(text);
  return DOCUMENTATION.some((range) => network[1] >= range[1] && overlap(network, range));
}

function parse(text: string, family: IpFamily): Network | undefined {
  if (!WORDS[family].form.test(text)) return undefined;
  if (family === 'ipv4') return ipaddr.IPv4.isValidCIDRFourPartDecimal(text) ? ipaddr.IPv4.parseCIDR(text) : undefined;
  return ipaddr.IPv6.isValidCIDR(text) ? ipaddr.IPv6.parseCIDR(text) : undefined;
}

function known(cidr: string): Network {
  return ipaddr.parseCIDR(cidr);
}

/** Two CIDRs overlap exactly when they agree on the shorter of their prefixes. */
function overlap([a, aPrefix]: Network, [b, bPrefix]: Network): boolean {
  return a.kind() === b.kind() && a.match(b, Math.min(aPrefix, bPrefix));
}

function networkAddress([address, prefix]: Network): string {
  const type = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  return type.networkAddressFromCIDR(`${address}/${prefix}`).toString();
}

function inWords(text: string, { cidr, name, network }: Named): string {
  return known(text)[1] >= network[1] ? name : `holds ${cidr}, ${name}`;
}

function withNote(text: string, family: IpFamily): string {
  const { single } = WORDS[family];
  const other = family === 'ipv4' ? 'ipv6' : 'ipv4';
  if (parse(`${text}/${single}`, family)) return `${text} (for one address write ${text}/${single})`;
  if (parse(text, other)) return `${text} (this is ${WORDS[other].family}: put it under ${other})`;
  return text;
}
