import fc from 'fast-check';
import { compareCatalogues, type Difference } from '../../../lambda/import-bins/compare';
import { type Live, readLive } from '../../../lambda/import-bins/live';
import { keyOf } from '../../../lambda/import-bins/sorted-rows';
import { differing } from '../../../lambda/import-bins/terms';
import type { CatalogueRow } from '../../../lambda/payca/bin-catalogue';

const lines = (rows: readonly CatalogueRow[]) =>
  rows.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)).map((row) => JSON.stringify(row));

async function* stream(texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}

async function compared(
  now: readonly CatalogueRow[],
  former: readonly CatalogueRow[],
  live: Live = { state: 'not-offered' },
) {
  const all = [];
  for await (const one of compareCatalogues(lines(now), stream(lines(former)), live)) all.push(one);
  return all;
}

const row = (bin: string, currency: string, more: Partial<CatalogueRow> = {}): CatalogueRow => ({
  ...{ bin, currency, provider: 'visa', fees: {} },
  ...more,
});

test('each row is added, removed, changed or the same, and no other is told', async () => {
  const rows = fc.uniqueArray(
    fc.record({
      bin: fc.constantFrom('400000', '40000011', '500000', '500001', '50000122'),
      currency: fc.constantFrom('EUR', 'USD'),
      fee: fc.constantFrom('1.00', '1.0', '2.00'),
    }),
    { selector: ({ bin, currency }) => `${bin} ${currency}` },
  );
  const made = rows.map((all) => all.map(({ bin, currency, fee }) => row(bin, currency, { fees: { issueFee: fee } })));
  await fc.assert(
    fc.asyncProperty(made, made, async (now, former) => {
      const found = (await compared(now, former)).map(({ row: own, change, differences }) => [
        own ? keyOf(own) : keyOf(differences[0] as Difference),
        change,
      ]);
      const [here, there] = [
        new Map(now.map((one) => [keyOf(one), one])),
        new Map(former.map((one) => [keyOf(one), one])),
      ];
      const wanted = [...new Set([...here.keys(), ...there.keys()])].map((key) => {
        const [own, other] = [here.get(key), there.get(key)];
        if (!own || !other) return [key, own ? 'added' : 'removed'];
        return [key, Number(own.fees.issueFee) === Number(other.fees.issueFee) ? undefined : 'changed'];
      });
      expect(found.toSorted()).toEqual(wanted.toSorted());
    }),
  );
});

test('a catalogue in force that is not in order is told, not compared', async () => {
  const unsorted = stream(lines([row('500000', 'EUR'), row('400000', 'EUR')]).toReversed());
  await expect(async () => {
    for await (const _one of compareCatalogues([], unsorted, { state: 'not-offered' }));
  }).rejects.toThrow('not in order at 400000 EUR');
});

test.each([
  ['0.50', '0.5', true],
  ['100', '1', false],
  ['10', '10.00', true],
  ['0-100: 0.350; 100.01-: 1', '0 - 100: 0.35;100.010-:1.00', true],
  ['Visa', 'visa', true],
  ['0-100: 0.35', '0-10: 0.35', false],
])('%s and %s', (one, other, same) => {
  expect(differing({ authorization: one }, { authorization: other })).toEqual(same ? [] : ['authorization']);
});

describe("PayCA's side", () => {
  const account = (currency: string, bins: unknown, status?: string) => ({
    id: currency,
    currency,
    balance: {},
    status,
    bins,
  });

  test.each([
    ['the older shape', { bin: '411111', currencyCode: 'EUR', minCardBalance: '1.00' }],
    ['the settings', { bin: '411111', currencyCode: 'EUR', settings: { minCardBalance: '1.00' } }],
    ['the fees', { bin: '411111', currencyCode: 'EUR', fees: { minCardBalance: '1.00' } }],
  ])('the least balance is read in %s', (_name, bin) => {
    const live = readLive({ accounts: [account('EUR', [bin])] });
    expect(live.state === 'read' && live.bins.get('411111 EUR')).toEqual({ minCardBalance: '1.00' });
  });

  test.each([
    ['no answer', undefined, 'no list of accounts'],
    ['no BINs', { accounts: [account('EUR', undefined)] }, 'name no BINs'],
    ['a closed account', { accounts: [account('EUR', [{ bin: '411111' }], 'closed')] }, 'name no BINs'],
  ])('%s is no side to compare with', (_name, body, reason) => {
    expect(readLive(body)).toEqual({ state: 'not-read', reason: expect.stringContaining(reason) });
  });

  test('an empty text tells nothing', () => {
    const live = readLive({ accounts: [account('EUR', [{ bin: '411111', provider: '', fees: { issueFee: '' } }])] });
    expect(live.state === 'read' && live.bins.get('411111 EUR')).toEqual({});
  });

  test('only what PayCA tells can differ; currencies and BINs that it lacks, or has alone, are told', async () => {
    const live = readLive({
      accounts: [
        account('EUR', [
          { bin: '411111', provider: 'Visa', fees: { decline: [{ range: '0-', value: '0.1' }] } },
          { bin: '499999' },
        ]),
        account('USD', [{ bin: '422222' }]),
      ],
    });
    const mine = [
      row('411111', 'EUR', { fees: { issueFee: '1.00', decline: [{ range: '0-', value: '0.20' }] } }),
      row('422222', 'EUR'),
      row('433333', 'CHF'),
    ];
    const told = (await compared(mine, mine, live)).flatMap(({ differences }) => differences);
    expect(told.map(({ bin, column, there, note }) => [bin, column, there, note])).toEqual([
      ['411111', 'decline', '0-: 0.1', 'PayCA has it otherwise'],
      ['422222', 'currencyCode', 'USD', 'PayCA has this BIN in another currency'],
      ['433333', 'bin', undefined, 'PayCA does not have this BIN, and no account in CHF'],
      ['499999', 'bin', '499999', 'only PayCA has this BIN'],
      ['422222', 'bin', '422222', 'only PayCA has this BIN'],
    ]);
  });
});
