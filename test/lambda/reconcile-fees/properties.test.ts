import fc from 'fast-check';
import type { InboxEntry } from '../../../lambda/payca/inbox-reader';
import type { FeeLine, Kind, Outcome } from '../../../lambda/reconcile-fees/lines';
import type { StatementLine } from '../../../lambda/reconcile-fees/statement';
import { here, hour, kinds, reconciled, step, there } from './settings';

type Sides = { readonly ours: readonly InboxEntry[]; readonly statement: readonly StatementLine[] };

const words = fc.constantFrom(
  'authorization_fee',
  'settlement_fee',
  'settle_fee',
  'decline_fee',
  'issue_fee',
  'loyalty_fee',
);
const fee = fc.record({
  // Few, so that many fees share one.
  reference: fc.constantFrom('a', 'b', 'c', ''),
  word: words,
  currency: fc.constantFrom('EUR', 'USD'),
  amount: fc.integer({ min: -3, max: 3 }),
  at: fc.integer({ min: -30, max: 54 }).map(hour),
});
const anySides: fc.Arbitrary<Sides> = fc
  .record({ ours: fc.array(fee, { maxLength: 25 }), statement: fc.array(fee, { maxLength: 25 }) })
  .map(({ ours, statement }) => ({ ours: ours.map(here), statement: statement.map(there) }));

/** An outcome without the places of its lines, which a permutation changes among lines that are alike. */
function content({ kind, here: ours, there: theirs }: Outcome): string {
  const said = (line?: FeeLine) => line && [line.reference, line.word, line.currency, String(line.amount), line.at];
  return JSON.stringify([kind, said(ours), said(theirs)]);
}

test('totals always close: every fee of the period comes out once, under one kind', () => {
  fc.assert(
    fc.property(anySides, fc.integer({ min: 0, max: 40_000_000 }), ({ ours, statement }, statementBytes) => {
      const { outcomes, summary } = reconciled(ours, statement, { statementBytes });
      expect(summary.currencies.every(({ closes }) => closes)).toBe(true);
      const places = outcomes.flatMap(({ here: one, there: other }) =>
        [one, other].flatMap((line) => line?.place ?? []),
      );
      expect(new Set(places).size).toBe(places.length);
      for (const { kinds: rows, here: all, there: theirs, difference } of summary.currencies) {
        const cents = (text: string) => Math.round(Number(text) * 100);
        expect(rows.reduce((sum, row) => sum + cents(row.difference), 0)).toBe(cents(difference));
        expect(cents(theirs.amount) - cents(all.amount)).toBe(cents(difference));
      }
    }),
  );
});

test('the order in which lines come changes nothing', () => {
  const shuffled = anySides.chain(({ ours, statement }) =>
    fc.record({
      one: fc.constant({ ours, statement }),
      other: fc.record({
        ours: fc.shuffledSubarray([...ours], { minLength: ours.length }),
        statement: fc.shuffledSubarray([...statement], { minLength: statement.length }),
      }),
    }),
  );
  fc.assert(
    fc.property(shuffled, ({ one, other }) => {
      const [first, second] = [one, other].map(({ ours, statement }) => reconciled(ours, statement));
      expect(first?.outcomes.map(content).sort()).toEqual(second?.outcomes.map(content).sort());
      expect(first?.summary).toEqual(second?.summary);
    }),
  );
});

test('in how many parts a statement is looked at changes nothing', () => {
  fc.assert(
    fc.property(anySides, ({ ours, statement }) => {
      const [one, many] = [0, 40_000_000].map((statementBytes) => reconciled(ours, statement, { statementBytes }));
      expect(one?.outcomes.map(content).sort()).toEqual(many?.outcomes.map(content).sort());
    }),
  );
});

test('nothing matched is left over: no two breaks of the period say the same on both sides', () => {
  fc.assert(
    fc.property(anySides, ({ ours, statement }) => {
      const { outcomes } = reconciled(ours, statement);
      const said = ({ reference, word, currency, amount }: FeeLine) => `${reference} ${word} ${currency} ${amount}`;
      const alone = outcomes.filter(({ here: one, there: other }) => !one || !other);
      const left = new Set(alone.flatMap((outcome) => (outcome.here ? said(outcome.here) : [])));
      expect(alone.filter((outcome) => outcome.there && left.has(said(outcome.there)))).toEqual([]);
    }),
  );
});

/** Ways to spoil one clean fee, and the kinds that must come of it. */
const PLANTED: Readonly<Record<string, { spoil: (reference: string) => Sides; found: readonly Kind[] }>> = {
  clean: {
    spoil: (reference) => ({ ours: [here({ reference, amount: 20 })], statement: [there({ reference, amount: 20 })] }),
    found: ['matched'],
  },
  differs: {
    spoil: (reference) => ({ ours: [here({ reference, amount: 20 })], statement: [there({ reference, amount: 21 })] }),
    found: ['amount-differs'],
  },
  onlyThere: {
    spoil: (reference) => ({ ours: [], statement: [there({ reference, amount: 20 })] }),
    found: ['missing-here'],
  },
  onlyHere: {
    spoil: (reference) => ({ ours: [here({ reference, amount: 20 })], statement: [] }),
    found: ['missing-there'],
  },
  twiceThere: {
    spoil: (reference) => ({
      ours: [here({ reference, amount: 20 })],
      statement: [1, 2].map(() => there({ reference, amount: 20 })),
    }),
    found: ['duplicate', 'matched'],
  },
  twiceHere: {
    spoil: (reference) => ({
      ours: [1, 2].map(() => here({ reference, amount: 20 })),
      statement: [there({ reference, amount: 20 })],
    }),
    found: ['duplicate', 'matched'],
  },
  late: {
    spoil: (reference) => ({
      ours: [here({ reference, amount: 20 })],
      statement: [there({ reference, amount: 20, at: hour(30) })],
    }),
    found: ['timing'],
  },
  offTariff: {
    spoil: (reference) => ({
      ours: [step('settle', { reference }), here({ reference, amount: 99 })],
      statement: [there({ reference, amount: 99 })],
    }),
    found: ['matched-off-tariff'],
  },
};
const tariff = [{ currency: 'EUR', fees: { settlement: [{ range: '0-100', value: '0.20' }] } }];

test('every planted break is found among clean fees, with its kind', () => {
  const names = fc.array(fc.constantFrom(...Object.keys(PLANTED)), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(names, (planted) => {
      const cases = planted.flatMap((name, index) => {
        const one = PLANTED[name];
        return one ? [{ reference: `ref-${index}`, sides: one.spoil(`ref-${index}`), found: one.found }] : [];
      });
      const ours = cases.flatMap(({ sides }) => sides.ours);
      const { outcomes } = reconciled(
        ours,
        cases.flatMap(({ sides }) => sides.statement),
        { tariff },
      );
      for (const { reference, found } of cases) {
        const own = outcomes.filter(({ here: one, there: other }) => (one ?? other)?.reference === reference);
        expect(kinds({ outcomes: own })).toEqual(found);
      }
    }),
  );
});
