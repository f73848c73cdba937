import { matchesPattern, transformed } from '../../rehearsal/event-pattern';

const event = {
  source: 'payca',
  'detail-type': 'card_transaction.authorization',
  detail: { stage: 'production', amount: 12, tags: ['a', 'b'], empty: null },
};

test.each<[object, boolean]>([
  [{ source: ['payca'] }, true],
  [{ source: ['other', 'payca'] }, true],
  [{ source: ['other'] }, false],
  [{ source: ['payca'], 'detail-type': ['kyc'] }, false],
  [{ detail: { stage: ['production'], amount: [12] } }, true],
  [{ detail: { amount: ['12'] } }, false],
  [{ detail: { tags: ['b'] } }, true],
  [{ detail: { empty: [null] } }, true],
  [{ detail: { stage: { deeper: ['x'] } } }, false],
  [{ 'detail-type': [{ prefix: 'card_' }] }, true],
  [{ 'detail-type': [{ suffix: '.refund' }] }, false],
  [{ 'detail-type': [{ 'anything-but': ['card_tokenization.tokenization_code'] }] }, true],
  [{ 'detail-type': [{ 'anything-but': 'card_transaction.authorization' }] }, false],
  [{ 'detail-type': [{ 'anything-but': { prefix: 'card_' } }] }, false],
  [{ nothing: [{ 'anything-but': 'a' }] }, false],
  [{ detail: { reason: [{ exists: false }], stage: [{ exists: true }] } }, true],
  [{ detail: { stage: [{ exists: false }] } }, false],
  [{}, true],
])('%j matches: %s', (pattern, expected) => {
  expect(matchesPattern(pattern as never, event)).toBe(expected);
});

test.each([{ numeric: ['>', 1] }, { 'equals-ignore-case': 'PAYCA' }, { cidr: '10.0.0.0/8' }])(
  '%j is not known and says so',
  (operator) => {
    expect(() => matchesPattern({ source: [operator] }, event)).toThrow(
      `event pattern operator ${Object.keys(operator)[0]} is not known to the rehearsal`,
    );
  },
);

test('a target gets the event, or the template filled from it', () => {
  expect(JSON.parse(transformed(event, undefined))).toEqual(event);
  const InputPathsMap = { stage: '$.detail.stage', all: '$.detail', none: '$.detail.nothing.deeper' };
  const InputTemplate = '{"stage":<stage>,"detail":<all>,"none":<none>}';
  expect(JSON.parse(transformed(event, { InputPathsMap, InputTemplate }))).toEqual({
    stage: 'production',
    detail: event.detail,
    none: '',
  });
  expect(() => transformed(event, { InputTemplate: '"<stage> is up"' })).toThrow('input templates of JSON only');
});
