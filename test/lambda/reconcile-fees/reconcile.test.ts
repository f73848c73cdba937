import { here, hour, kinds, PERIOD, reconciled, SETTINGS, step, there } from './settings';

const older = (webhooks: 'authorization' | 'settlement', statement: 'authorization' | 'settlement') => ({
  settings: { ...SETTINGS, authorizationFee: { webhooks, statement } },
});
const before = hour(-1);
const after = hour(25);

test('the same fee on both sides is matched, and both totals close to zero', () => {
  const { outcomes, summary } = reconciled([here({ amount: 35 })], [there({ amount: 35 })]);
  expect(kinds({ outcomes })).toEqual(['matched']);
  expect(summary).toMatchObject({ verdict: 'pass', breaks: 0, reasons: [] });
  expect(summary.currencies).toMatchObject([{ currency: 'EUR', difference: '0.00', closes: true }]);
});

test.each(['authorization_fee', 'settlement_fee', 'platform_fee'])(
  '%s and settle_fee are words for the same fee, in both directions',
  (word) => {
    expect(kinds(reconciled([here({ word, amount: 35 })], [there({ amount: 35 })]))).toEqual(['matched']);
    expect(kinds(reconciled([here({ amount: 35 })], [there({ word, amount: 35 })]))).toEqual(['matched']);
  },
);

test('two older words are two fees, and the newer word pairs with the one of its amount', () => {
  const ours = [here({ word: 'authorization_fee', amount: 35 }), here({ word: 'settlement_fee', amount: 20 })];
  expect(kinds(reconciled(ours, [there({ amount: 20 }), there({ amount: 35 })]))).toEqual(['matched', 'matched']);
  const crossed = reconciled(
    [here({ word: 'authorization_fee', amount: 35 })],
    [there({ word: 'settlement_fee', amount: 35 })],
  );
  expect(kinds(crossed)).toEqual(['missing-here', 'missing-there']);
});

test('a decline fee is no settle fee, and euros are no dollars', () => {
  const word = reconciled([here({ word: 'decline_fee', amount: 35 })], [there({ amount: 35 })]);
  expect(kinds(word)).toEqual(['missing-here', 'missing-there']);
  const currency = reconciled([here({ currency: 'USD', amount: 35 })], [there({ amount: 35 })]);
  expect(kinds(currency)).toEqual(['missing-here', 'missing-there']);
});

test('one fee on each side with different amounts belongs together', () => {
  const { outcomes, summary } = reconciled([here({ amount: 35 })], [there({ amount: 36 })]);
  expect(kinds({ outcomes })).toEqual(['amount-differs']);
  expect(summary).toMatchObject({ verdict: 'fail', breaks: 1 });
  expect(summary.currencies[0]).toMatchObject({ difference: '0.01', closes: true });
});

test('what could be paired in two ways stays a break on each side', () => {
  const result = reconciled([here({ amount: 1 }), here({ amount: 2 })], [there({ amount: 3 }), there({ amount: 4 })]);
  expect(kinds(result)).toEqual(['missing-here', 'missing-here', 'missing-there', 'missing-there']);
});

test.each([
  ['the statement', [here({ amount: 35 })], [there({ amount: 35 }), there({ amount: 35 })]],
  ['our side', [here({ amount: 35 }), here({ amount: 35 })], [there({ amount: 35 })]],
])('one more of the same on %s is a duplicate', (_side, ours, statement) => {
  expect(kinds(reconciled(ours, statement))).toEqual(['duplicate', 'matched']);
});

test('a fee that was charged on the day before already is a duplicate', () => {
  const statement = [there({ amount: 35, at: before }), there({ amount: 35 })];
  expect(kinds(reconciled([here({ amount: 35, at: before })], statement))).toEqual(['duplicate']);
});

test('the same number of equal fees on both sides is matched', () => {
  const three = [1, 2, 3];
  const result = reconciled(
    three.map(() => here({ amount: 35 })),
    three.map(() => there({ amount: 35 })),
  );
  expect(kinds(result)).toEqual(['matched', 'matched', 'matched']);
});

test.each([
  ['booked after the cut-off', here({ amount: 35 }), there({ amount: 35, at: after })],
  ['booked before the day', here({ amount: 35 }), there({ amount: 35, at: before })],
  ['received after the cut-off', here({ amount: 35, at: after }), there({ amount: 35 })],
  ['in the other words', here({ word: 'settlement_fee', amount: 35, at: after }), there({ amount: 35 })],
])('a fee %s is timing and no break', (_name, ours, statement) => {
  const { outcomes, summary } = reconciled([ours], [statement]);
  expect(kinds({ outcomes })).toEqual(['timing']);
  expect(summary).toMatchObject({ verdict: 'pass', breaks: 0 });
  expect(summary.currencies[0]?.closes).toBe(true);
});

test('what is further away than the window is no partner', () => {
  const { outcomes, summary } = reconciled([here({ amount: 35 })], [there({ amount: 35, at: hour(49) })]);
  expect(kinds({ outcomes })).toEqual(['missing-there']);
  expect(summary.leftOut.farFromPeriod).toBe(1);
});

test('another day’s fees are nobody’s business, and the same day goes before the next', () => {
  expect(kinds(reconciled([here({ amount: 35, at: after })], [there({ amount: 35, at: after })]))).toEqual([]);
  const both = reconciled(
    [here({ amount: 35 }), here({ amount: 35, at: after })],
    [there({ amount: 35 }), there({ amount: 35, at: after })],
  );
  expect(kinds(both)).toEqual(['matched']);
});

test('the period begins with its first millisecond and ends before the next one', () => {
  const last = PERIOD.to - 1;
  const result = reconciled([here({ amount: 1, at: PERIOD.from }), here({ reference: 's', amount: 2, at: last })], []);
  expect(kinds(result)).toEqual(['missing-there', 'missing-there']);
  expect(kinds(reconciled([here({ amount: 1, at: PERIOD.to })], []))).toEqual([]);
});

describe('a fee that comes with the settlement on the other side', () => {
  const authorized = [step('authorization'), here({ word: 'authorization_fee', amount: 35 })];

  test('is not missing before the settlement', () => {
    const { outcomes } = reconciled(authorized, [], older('authorization', 'settlement'));
    expect(kinds({ outcomes })).toEqual(['timing']);
    expect(outcomes[0]?.note).toContain('a break from 2027-01-12T11:00:00.000Z on');
  });

  test('is missing after it, after the window, and where both sides charge at the same moment', () => {
    const settled = [...authorized, step('settle')];
    expect(kinds(reconciled(settled, [], older('authorization', 'settlement')))).toEqual(['missing-there']);
    const late = { ...older('authorization', 'settlement'), asOf: hour(36) };
    expect(kinds(reconciled(authorized, [], late))).toEqual(['missing-there']);
    expect(kinds(reconciled(authorized, [], older('authorization', 'authorization')))).toEqual(['missing-there']);
  });

  test('the other way round: the statement has it, our webhook comes with the settlement', () => {
    const statement = [there({ word: 'authorization_fee', amount: 35 })];
    const settings = older('settlement', 'authorization');
    expect(kinds(reconciled([step('authorization')], statement, settings))).toEqual(['timing']);
    expect(kinds(reconciled([step('authorization'), step('settle', { at: after })], statement, settings))).toEqual([
      'missing-here',
    ]);
    expect(kinds(reconciled([], statement, settings))).toEqual(['missing-here']);
  });

  test('a fee that no generation moves is missing', () => {
    const ours = [step('authorization'), here({ word: 'decline_fee', amount: 35 })];
    expect(kinds(reconciled(ours, [], older('authorization', 'settlement')))).toEqual(['missing-there']);
  });
});

describe('the tariff', () => {
  const tariff = [
    {
      currency: 'EUR',
      fees: {
        authorization: [
          { range: '0-50', value: '0.35' },
          { range: '50-100', value: '0.50' },
        ],
      },
    },
    { currency: 'EUR', fees: { settlement: [{ range: '0-', value: '0.2' }], issueFee: '1.00' } },
  ];
  const matched = (word: string, amount: number, ...steps: ReturnType<typeof step>[]) =>
    reconciled([...steps, here({ word, amount })], [there({ word, amount })], { tariff });

  test.each([
    ['authorization_fee', 35, [step('authorization', { amount: '42.00' })], 'matched'],
    ['authorization_fee', 50, [step('authorization', { amount: '42.00' })], 'matched-off-tariff'],
    ['authorization_fee', 50, [step('authorization', { amount: '50.00' })], 'matched'],
    ['authorization_fee', 35, [step('authorization', { amount: '50.00' })], 'matched'],
    ['authorization_fee', 35, [step('authorization', { amount: '100.01' })], 'matched-off-tariff'],
    ['settle_fee', 20, [step('settle', { amount: '9999.00' })], 'matched'],
    ['settle_fee', 35, [step('authorization', { amount: '1.00' })], 'matched'],
    ['settle_fee', 36, [step('authorization'), step('settle')], 'matched-off-tariff'],
    ['issue_fee', 100, [], 'matched'],
    ['issue_fee', 99, [], 'matched-off-tariff'],
  ])('%s of %s cents after %j is %s', (word, amount, steps, kind) => {
    expect(kinds(matched(word, amount, ...steps))).toEqual([kind]);
  });

  test('says what it would have to be', () => {
    expect(matched('authorization_fee', 1, step('authorization')).outcomes[0]?.note).toBe('tariff: 0.35');
  });

  test.each([
    ['platform_fee', [], 'the catalogue has no price for platform_fee in EUR'],
    ['decline_fee', [step('decline')], 'the catalogue has no price for decline_fee in EUR'],
    ['authorization_fee', [], 'the amount of the transaction is not known here'],
  ])('does not judge %s after %j, and says why', (word, steps, reason) => {
    const { summary } = matched(word, 35, ...steps);
    expect(summary.tariff).toEqual({ judged: 0, notJudged: { [reason]: 1 } });
    expect(summary.verdict).toBe('pass');
  });

  test('calls nothing wrong by a price that it cannot read', () => {
    const unclear = [{ currency: 'EUR', fees: { decline: [{ range: 'any', value: '0.10' }] } }];
    const ours = [step('decline'), here({ word: 'decline_fee', amount: 35 })];
    const { summary } = reconciled(ours, [there({ word: 'decline_fee', amount: 35 })], { tariff: unclear });
    expect(Object.keys(summary.tariff.notJudged)).toEqual(['a price of the catalogue in EUR cannot be read']);
  });
});

test('what a smoke test made is left out of the breaks and stays in the totals', () => {
  const ours = [{ ...step('authorization'), requestId: 'smoke-1' }, here({ amount: 35 })];
  const isSmoke = ({ requestId }: { requestId?: string }) => requestId === 'smoke-1';
  const { outcomes, summary } = reconciled(ours, [there({ amount: 35 }), there({ amount: 35 })], { isSmoke });
  expect(kinds({ outcomes })).toEqual(['smoke-test', 'smoke-test', 'smoke-test']);
  expect(summary).toMatchObject({ verdict: 'pass', breaks: 0, found: { 'smoke-test': 3 } });
  expect(summary.currencies[0]).toMatchObject({ there: { count: 2, amount: '0.70' }, closes: true });
});

test('a second event of one id does not count, and one whose amount cannot be used fails it', () => {
  const fee = here({ amount: 35 });
  const copy = { ...here({ amount: 99 }), conflict: 'true' };
  const strange = { ...here({ amount: 1 }), amount: '0.355', pk: 'strange' };
  const { summary } = reconciled([fee, copy, strange], [there({ amount: 35 })]);
  expect(summary).toMatchObject({ verdict: 'fail', breaks: 0, leftOut: { conflicts: 1 } });
  expect(summary.unreadable).toEqual([{ key: 'strange', problem: 'amount 0.355, currency EUR, which has 2 decimals' }]);
});

describe('balances', () => {
  const balance = (record: 'opening' | 'closing' | 'movement', amount: number) =>
    ({ record, line: 1, currency: 'EUR', amount: BigInt(amount) }) as const;

  test('opening less fees and with other movements gives the closing balance', () => {
    const lines = [
      balance('opening', 100_000),
      balance('movement', 5000),
      there({ amount: 35 }),
      balance('closing', 104_965),
    ];
    const { summary } = reconciled([here({ amount: 36 })], lines);
    expect(summary.currencies[0]?.proof).toEqual({
      verdict: 'pass',
      opening: '1000.00',
      fees: '0.35',
      movements: '50.00',
      closing: '1049.65',
      closingByItsLines: '1049.65',
      difference: '0.00',
      closingByOurCount: '1049.64',
    });
  });

  test('a cent that the lines do not explain fails it', () => {
    const { summary } = reconciled(
      [here({ amount: 35 })],
      [balance('opening', 100), there({ amount: 35 }), balance('closing', 64)],
    );
    expect(summary.verdict).toBe('fail');
    expect(summary.reasons).toEqual(["The statement's EUR balances do not add up: -0.01 more than its lines explain."]);
  });

  test('without them nothing is proven, and nothing fails', () => {
    const { summary } = reconciled([here({ amount: 35 })], [balance('opening', 100), there({ amount: 35 })]);
    expect(summary.currencies[0]?.proof).toMatchObject({ verdict: 'no-data', opening: '1.00' });
    expect(summary.verdict).toBe('pass');
  });
});

test.each([
  ['neither side has a fee', [], [], 'no-data', 'Neither side has a fee in the period.'],
  [
    'the statement has none',
    [here({ amount: 1 })],
    [],
    'fail',
    'The statement has no fee in the period: is it the right file?',
  ],
  ['we have none', [], [there({ amount: 1 })], 'fail', 'The inbox has no fee in the period: is it the right stage?'],
])('when %s, it says so', (_when, ours, statement, verdict, reason) => {
  const { summary } = reconciled(ours, statement);
  expect(summary.verdict).toBe(verdict);
  expect(summary.reasons).toContain(reason);
});
