import { feeFamily, otherWords } from './fee-words';
import type { FeeLine, Outcome } from './lines';
import type { Zone } from './period';

const SAME_WORD = (word: string): readonly string[] => [word];
const SAME_DAY = (zone: Zone): readonly Zone[] => [zone];
const OTHER_DAY = (zone: Zone): readonly Zone[] => (zone === 'in' ? ['before', 'after'] : ['in']);

type Pair = readonly [here: FeeLine, there: FeeLine];
type Pairing = (here: readonly FeeLine[], there: readonly FeeLine[]) => Pair[];

/** The surest way to belong together first. A line that found its partner is not asked again. */
const PASSES: readonly (readonly [Outcome['kind'], Pairing])[] = [
  ['matched', equals(SAME_WORD, SAME_DAY)],
  ['matched', equals(otherWords, SAME_DAY)],
  ['timing', equals(SAME_WORD, OTHER_DAY)],
  ['timing', equals(otherWords, OTHER_DAY)],
  ['amount-differs', onlyOnes(SAME_WORD)],
  ['amount-differs', onlyOnes(otherWords)],
];

/**
 * Joins the fees of one reference as multisets: lines that say the same are alike, so the order in which they came decides
 * nothing. Different amounts belong together only where there is one line on each side: what could be paired in two ways
 * stays a break. What is outside the period on both sides is left out.
 */
export function joined(here: readonly FeeLine[], there: readonly FeeLine[]): Outcome[] {
  const [ours, theirs] = [here[0], there[0]];
  // Nearly every reference; the rest of this is ten times the work.
  if (ours && theirs && here.length === 1 && there.length === 1 && isSame(ours, theirs))
    return ours.zone === 'in' ? [{ kind: 'matched', here: ours, there: theirs }] : [];
  const families = (lines: readonly FeeLine[]) =>
    grouped(lines, ({ word, currency }) => `${currency} ${feeFamily(word)}`);
  const [ourFamilies, theirFamilies] = [families(here), families(there)];
  return [...new Set([...ourFamilies.keys(), ...theirFamilies.keys()])].flatMap((family) =>
    joinedFamily(ourFamilies.get(family) ?? [], theirFamilies.get(family) ?? []),
  );
}

function isSame(one: FeeLine, other: FeeLine): boolean {
  const { word, currency, amount, zone } = other;
  return one.word === word && one.currency === currency && one.amount === amount && one.zone === zone;
}

function joinedFamily(here: readonly FeeLine[], there: readonly FeeLine[]): Outcome[] {
  const outcomes: Outcome[] = [];
  const partnered = new Set<FeeLine>();
  const open = { here: [...here].sort(byContent), there: [...there].sort(byContent) };
  for (const [kind, pairing] of PASSES) {
    if (open.here.length === 0 || open.there.length === 0) break;
    for (const [ours, theirs] of pairing(open.here, open.there)) {
      partnered.add(ours).add(theirs);
      outcomes.push({ kind, here: ours, there: theirs });
    }
    open.here = open.here.filter((line) => !partnered.has(line));
    open.there = open.there.filter((line) => !partnered.has(line));
  }
  outcomes.push(
    ...alone(open.here, here, partnered).map(
      ([line, isCopy]): Outcome => ({ kind: isCopy ? 'duplicate' : 'missing-there', here: line }),
    ),
    ...alone(open.there, there, partnered).map(
      ([line, isCopy]): Outcome => ({ kind: isCopy ? 'duplicate' : 'missing-here', there: line }),
    ),
  );
  return outcomes.filter((outcome) => outcome.here?.zone === 'in' || outcome.there?.zone === 'in');
}

/** Pairs lines of the same amount whose words and days fit. */
function equals(wordsFor: (word: string) => readonly string[], zonesFor: (zone: Zone) => readonly Zone[]): Pairing {
  const key = (word: string, amount: bigint, zone: Zone) => `${word} ${amount} ${zone}`;
  return (here, there) => {
    const open = grouped(here, ({ word, amount, zone }) => key(word, amount, zone));
    return there.flatMap((theirs): Pair[] => {
      const wanted = wordsFor(theirs.word).flatMap((word) =>
        zonesFor(theirs.zone).map((zone) => open.get(key(word, theirs.amount, zone)) ?? []),
      );
      const ours = wanted.find(({ length }) => length > 0)?.shift();
      return ours ? [[ours, theirs]] : [];
    });
  };
}

/** Pairs lines of the period that have nobody else to belong to on either side, whatever their amounts. */
function onlyOnes(wordsFor: (word: string) => readonly string[]): Pairing {
  return (here, there) => {
    const [ours, theirs] = [here, there].map((lines) =>
      grouped(
        lines.filter(({ zone }) => zone === 'in'),
        ({ word }) => word,
      ),
    ) as [Map<string, FeeLine[]>, Map<string, FeeLine[]>];
    const fitting = (lines: Map<string, FeeLine[]>, word: string) =>
      wordsFor(word).flatMap((each) => lines.get(each) ?? []);
    return [...ours.keys()].flatMap((word): Pair[] => {
      const [their, another] = fitting(theirs, word);
      if (!their || another) return [];
      const [our, third] = fitting(ours, their.word);
      return our && !third ? [[our, their]] : [];
    });
  };
}

/** Lines without a partner, and whether each says what another line of its own side has said already. */
function alone(
  open: readonly FeeLine[],
  side: readonly FeeLine[],
  partnered: ReadonlySet<FeeLine>,
): [FeeLine, boolean][] {
  const content = ({ word, amount }: FeeLine) => `${word} ${amount}`;
  const said = new Set(side.filter((line) => partnered.has(line)).map(content));
  return open.map((line) => {
    const isCopy = said.has(content(line));
    said.add(content(line));
    return [line, isCopy];
  });
}

function grouped(lines: readonly FeeLine[], key: (line: FeeLine) => string): Map<string, FeeLine[]> {
  const groups = new Map<string, FeeLine[]>();
  for (const line of lines) {
    const group = groups.get(key(line));
    if (group) group.push(line);
    else groups.set(key(line), [line]);
  }
  return groups;
}

/** Earlier first, so that of equal lines the later one is left over. */
function byContent(one: FeeLine, other: FeeLine): number {
  return (
    one.at - other.at ||
    one.word.localeCompare(other.word) ||
    compare(one.amount, other.amount) ||
    one.place.localeCompare(other.place)
  );
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
