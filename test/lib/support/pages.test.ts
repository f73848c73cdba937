import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACT_CODES } from '../../../lambda/payca/api';
import { problemLine } from '../../../lib/config/problems';
import { SMS_LENGTHS } from '../../../lib/config/support';
import { readSupportPages } from '../../../lib/support/pages';

const FILES: Readonly<Record<string, string>> = Object.fromEntries(
  ['docs/support/error-codes.md', 'docs/support/messages.md'].map((page) => [
    page,
    readFileSync(join(__dirname, '..', '..', '..', page), 'utf8'),
  ]),
);
const changed = (from: string | RegExp, to: string) =>
  readSupportPages((page) => (FILES[page] ?? '').replace(from, to)).problems.map(problemLine);
const { pages, problems } = readSupportPages();

test('the pages of the repository are right', () => {
  expect(problems).toEqual([]);
});

test("every code of PayCA's contract is there and no other, each with all that tier-1 needs", () => {
  const codes = pages.codes.filter(({ code }) => code.startsWith('Err'));
  expect(codes.map(({ code }) => code)).toEqual([...CONTRACT_CODES]);
  for (const { code, ...advice } of pages.codes)
    for (const text of Object.values(advice)) expect([code, text.length > 5]).toEqual([code, true]);
});

test('each code has the HTTP status of the contract', () => {
  const statuses = pages.codes.flatMap(({ meaning }) => /^HTTP (\d+)\./.exec(meaning)?.[1] ?? []);
  expect(statuses).toEqual(['400', '401', '403', '404', '409', '429', '500']);
});

const texts = pages.messages.flatMap(({ subject, ...lengths }) =>
  Object.entries(lengths).map(([length, text]): [string, string] => [`${subject}, ${length}`, text]),
);
const said = [...texts, ...pages.codes.map(({ code, say }): [string, string] => [`${code}, say`, say])];

test.each(said)('%s promises nothing', (_, text) => {
  expect(text).not.toMatch(
    /guarantee|promise|within|shortly|soon\b|immediately|will be (?:back|fixed|resolved|restored|refunded|credited)|always|never happens?|\b24\/7\b|\bsafe\b/i,
  );
});

test.each(said)('%s names no internals', (_, text) => {
  expect(text).not.toMatch(
    /PayCA|AWS|webhook|lambda|database|server|queue|\bAPI\b|HTTP|Err[A-Z]|\bBIN\b|provider|issuer|alarm|incident|rate limit|fraud/i,
  );
});

test.each(texts.filter(([place]) => place.endsWith('short')))(
  '%s fits in one SMS with the longest names',
  (_, text) => {
    const lengths: Readonly<Record<string, number>> = { ...SMS_LENGTHS, cardEnding: 4, since: 16, nextUpdate: 16 };
    const filled = text.replace(/\{\{(\w+)\}\}/g, (_placeholder, name: string) => 'x'.repeat(lengths[name] ?? 1000));
    expect(filled.length).toBeLessThanOrEqual(160);
  },
);

test.each<[string, string | RegExp, string, RegExp]>([
  [
    'a code that is missing',
    '## ErrConflict',
    '### ErrConflict',
    /error-codes\.md\.## ErrConflict must be there once, got: 0 times$/,
  ],
  [
    'a code that PayCA does not have',
    '## ErrConflict',
    '## ErrConflicts',
    /## ErrConflicts must be one of ErrInvalidArg, /,
  ],
  ['a code twice', '## ErrForbidden', '## ErrUnauthorized', /## ErrUnauthorized must be there once, got: 2 times$/],
  [
    'advice that is missing',
    /^- Pass on: At once.*$/m,
    '',
    /error-codes\.md\.ErrUnauthorized, passOn must be there, got: nothing$/,
  ],
  ['a message that is missing', '## Downtime', '### Downtime', /messages\.md\.## Downtime must be there once/],
  [
    'a length that is missing',
    '### Short',
    '### Shorter',
    /messages\.md\.Card declined, Short must be there, got: nothing$/,
  ],
  [
    'an unknown placeholder',
    '{{company}}: card {{cardEnding}} was',
    '{{name}}: card {{cardEnding}} was',
    /Short must have no other placeholders than company, .*, got: name$/,
  ],
  [
    'another form of placeholder',
    '{{company}}: card',
    '{company}: card',
    /Short must write placeholders as \{\{name\}\}, got: another brace$/,
  ],
  [
    'a message that is too long',
    'was declined. Check',
    `was declined. ${'x'.repeat(60)} Check`,
    /Short must have at most 160 characters with the longest names, got: \d{3}$/,
  ],
  [
    'characters that make an SMS short',
    'was declined. Check',
    'was declined… Check',
    /Short must have characters of an SMS only, got: another one$/,
  ],
])('%s is told', (_, from, to, message) => {
  expect(changed(from, to)).toContainEqual(expect.stringMatching(message));
});
