import { compare, comparisonResult, digestOf, type Leaf } from '../../../lambda/run-timeline/compare';

const OURS: Leaf[] = [
  ['stage', 'production'],
  ['webhook.domainName', 'a.example'],
  ['webhook.allowList.ipv4[0]', '192.0.2.0/24'],
  ['payca.profile', 'tenant-balance'],
];
const THEIRS: Leaf[] = [
  ['stage', 'sandbox'],
  ['webhook.domainName', 'b.example'],
  ['payca.profile', 'tenant-balance'],
  ['webhook.allowListed', true],
];

test('what differs is declared by its place, with everything below it', () => {
  const { declared, undeclared } = compare(OURS, THEIRS, ['stage', 'webhook.domainName', 'webhook.allowList']);
  expect(declared.map(({ path }) => path)).toEqual(['stage', 'webhook.allowList.ipv4[0]', 'webhook.domainName']);
  expect(undeclared).toEqual([{ path: 'webhook.allowListed', ours: undefined, theirs: true }]);
});

test('one undeclared difference fails the step and is named', () => {
  const result = comparisonResult(compare(OURS, THEIRS, ['webhook']), OURS.length);
  expect(result).toMatchObject({ verdict: 'fail', says: expect.stringContaining('stage') });
  expect(comparisonResult(compare(OURS, OURS, []), OURS.length).verdict).toBe('pass');
});

test('a digest depends on the values and not on their order', () => {
  expect(digestOf(OURS)).toBe(digestOf([...OURS].reverse()));
  expect(digestOf(OURS)).not.toBe(digestOf(OURS.slice(1)));
});
