import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { canonicalCidr, cidrProblem, isDocumentationCidr, overlaps } from '../../lib/config/cidr';

const V4 = 'must be a public IPv4 CIDR';
const V6 = 'must be a public IPv6 CIDR';

test.each([
  ['10.0.0.0/8', V4, '10.0.0.0/8 (private)'],
  ['172.16.5.0/24', V4, '172.16.5.0/24 (private)'],
  ['192.168.1.0/24', V4, '192.168.1.0/24 (private)'],
  ['127.0.0.1/32', V4, '127.0.0.1/32 (loopback)'],
  ['169.254.0.0/16', V4, '169.254.0.0/16 (link-local)'],
  ['100.64.0.0/10', V4, '100.64.0.0/10 (carrier-grade NAT)'],
  ['224.0.0.0/8', V4, '224.0.0.0/8 (multicast)'],
  ['255.255.255.255/32', V4, '255.255.255.255/32 (reserved)'],
  ['192.0.0.0/8', V4, '192.0.0.0/8 (holds 192.0.0.0/24, reserved)'],
  ['172.0.0.0/8', V4, '172.0.0.0/8 (holds 172.16.0.0/12, private)'],
  ['0.0.0.0/0', `${V4} of /8 or smaller`, '0.0.0.0/0'],
  ['52.0.0.0/7', `${V4} of /8 or smaller`, '52.0.0.0/7'],
  ['10.0.0.300/32', V4, '10.0.0.300/32'],
  ['52.28.0.0/33', V4, '52.28.0.0/33'],
  ['52.28.0.0/024', V4, '52.28.0.0/024'],
  ['052.28.0.0/24', V4, '052.28.0.0/24'],
  ['52.28/16', V4, '52.28/16'],
  [' 52.28.0.0/24', V4, ' 52.28.0.0/24'],
  ['payca.io', V4, 'payca.io'],
  ['52.28.0.7', V4, '52.28.0.7 (for one address write 52.28.0.7/32)'],
  ['2a05:d014::/32', V4, '2a05:d014::/32 (this is IPv6: put it under ipv6)'],
  [
    '52.28.0.7/24',
    'must have no bits set after the prefix: 52.28.0.0/24, or 52.28.0.7/32 for one address',
    '52.28.0.7/24',
  ],
])('IPv4 %s is refused', (text, must, found) => {
  expect(cidrProblem(text, 'ipv4')).toEqual({ must, found });
});

test.each([
  ['::/0', `${V6} of /16 or smaller`, '::/0'],
  ['2000::/15', `${V6} of /16 or smaller`, '2000::/15'],
  ['::1/128', V6, '::1/128 (loopback)'],
  ['fd00::/16', V6, 'fd00::/16 (private)'],
  ['fe80::/64', V6, 'fe80::/64 (link-local)'],
  ['ff02::/16', V6, 'ff02::/16 (multicast)'],
  ['::ffff:52.28.0.0/120', V6, '::ffff:52.28.0.0/120 (IPv4-mapped)'],
  ['2002::/16', V6, '2002::/16 (6to4)'],
  ['4000::/16', V6, '4000::/16 (reserved)'],
  ['2001::/16', V6, '2001::/16 (holds 2001::/23, reserved)'],
  ['2a05:d014::/129', V6, '2a05:d014::/129'],
  ['2a05:d014::%eth0/64', V6, '2a05:d014::%eth0/64'],
  ['2a05::d014::/32', V6, '2a05::d014::/32'],
  ['2a05:d014::1', V6, '2a05:d014::1 (for one address write 2a05:d014::1/128)'],
  ['52.28.0.0/24', V6, '52.28.0.0/24 (this is IPv4: put it under ipv4)'],
  [
    '2a05:d014::1/32',
    'must have no bits set after the prefix: 2a05:d014::/32, or 2a05:d014::1/128 for one address',
    '2a05:d014::1/32',
  ],
])('IPv6 %s is refused', (text, must, found) => {
  expect(cidrProblem(text, 'ipv6')).toEqual({ must, found });
});

test.each(['52.28.0.0/24', '52.0.0.0/8', '52.28.0.7/32', '192.0.2.0/24'])('IPv4 %s is taken', (text) => {
  expect(cidrProblem(text, 'ipv4')).toBeUndefined();
});

test.each(['2a05:d014::/32', '2A05:D014:0:0::/64', '2a05::/16', '2001:db8::/32'])('IPv6 %s is taken', (text) => {
  expect(cidrProblem(text, 'ipv6')).toBeUndefined();
});

test('IPv6 gets one spelling', () => {
  expect(canonicalCidr('2A05:D014:0:0::/64')).toBe('2a05:d014::/64');
});

test.each([
  ['192.0.2.0/24', true],
  ['203.0.113.128/25', true],
  ['2001:db8:7::/48', true],
  ['203.0.112.0/23', false],
  ['52.28.0.0/24', false],
])('%s is a documentation range: %s', (text, expected) => {
  expect(isDocumentationCidr(text)).toBe(expected);
});

test('overlaps name both entries and pass over what is no CIDR', () => {
  const must = 'must not overlap another entry';
  expect(
    overlaps(['52.28.0.0/16', 'nonsense', 7, '52.28.9.0/24', '52.28.0.0/16', '52.0.0.0/8', '54.0.0.0/24'], 'ipv4'),
  ).toEqual([
    { index: 3, must, found: '52.28.9.0/24, which is inside ipv4[0] 52.28.0.0/16' },
    { index: 4, must, found: '52.28.0.0/16, the same as ipv4[0] 52.28.0.0/16' },
    { index: 5, must, found: '52.0.0.0/8, which contains ipv4[0] 52.28.0.0/16' },
  ]);
});

test('the same IPv6 range in two spellings overlaps', () => {
  expect(overlaps(['2a05:d014::/32', '2A05:d014:0::/32'], 'ipv6')).toHaveLength(1);
});

const address = fc.integer({ min: 0, max: 0xffffffff });
const dotted = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
const network = (value: number, prefix: number) => Math.floor(value / 2 ** (32 - prefix)) * 2 ** (32 - prefix);

test('what ipaddr.js calls special is never taken, except documentation', () => {
  fc.assert(
    fc.property(address, (value) => {
      const text = dotted(value);
      const special = ipaddr.IPv4.parse(text).range() !== 'unicast' && !isDocumentationCidr(`${text}/32`);
      if (special) expect(cidrProblem(`${text}/32`, 'ipv4')?.must).toBe(V4);
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const parsed = ipaddr.IPv6.parse(text);
      const single = `${parsed}/128`;
      if (parsed.range() !== 'unicast' && !isDocumentationCidr(single))
        expect(cidrProblem(single, 'ipv6')?.must).toBe(V6);
    }),
    { numRuns: 2000 },
  );
});

test('the network address that a message proposes is taken, and is the one that was meant', () => {
  fc.assert(
    fc.property(address, fc.integer({ min: 8, max: 32 }), (value, prefix) => {
      const problem = cidrProblem(`${dotted(value)}/${prefix}`, 'ipv4');
      const proposed = /after the prefix: (\S+),/.exec(problem?.must ?? '')?.[1];
      if (!proposed) return;
      expect(proposed).toBe(`${dotted(network(value, prefix))}/${prefix}`);
      expect(cidrProblem(proposed, 'ipv4')).toBeUndefined();
    }),
    { numRuns: 2000 },
  );
});

test('two ranges overlap exactly when their intervals do', () => {
  // Within 52.0.0.0/8, which is public throughout, and narrow enough that overlaps are common.
  const range = fc.record({
    value: fc.integer({ min: 0x34000000, max: 0x340000ff }),
    prefix: fc.integer({ min: 24, max: 32 }),
  });
  fc.assert(
    fc.property(range, range, (a, b) => {
      const [one, other] = [a, b].map(({ value, prefix }) => ({
        from: network(value, prefix),
        size: 2 ** (32 - prefix),
        prefix,
      }));
      if (!one || !other) return;
      const meet = one.from < other.from + other.size && other.from < one.from + one.size;
      const texts = [one, other].map(({ from, prefix }) => `${dotted(from)}/${prefix}`);
      expect(overlaps(texts, 'ipv4')).toHaveLength(meet ? 1 : 0);
    }),
  );
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('ipv4' as const, 'ipv6' as const), (text, family) => {
      cidrProblem(text, family);
      overlaps([text, text], family);
    }),
  );
});
