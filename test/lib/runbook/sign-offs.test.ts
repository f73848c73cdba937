import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemLine } from '../../../lib/config/problems';
import { RUNBOOK } from '../../../lib/runbook/lines';
import { readSignOffs, SIGN_OFFS_PLACE } from '../../../lib/runbook/sign-offs';

const problems = (text: string) =>
  readSignOffs(text).problems.map((problem) => problemLine(problem).replace(`${SIGN_OFFS_PLACE}.`, ''));

const signOff = (changes: Record<string, string> = {}) => {
  const fields = {
    line: '"6.2"',
    at: '"2026-12-01T09:30:00Z"',
    link: 'https://wiki.acme.eu/1',
    ...changes,
  };
  const [first, ...others] = Object.entries(fields).map(([key, value]) => `${key}: ${value}`);
  return `  - ${[first, ...others].join('\n    ')}\n`;
};
const OWN = 'lines:\n  - { id: X.1, text: The board has been told, owner: Programme lead, deputy: Finance }\n';

test('the file of the repository is right', () => {
  const text = readFileSync(join(__dirname, '..', '..', '..', SIGN_OFFS_PLACE), 'utf8');
  expect(readSignOffs(text).problems).toEqual([]);
});

test.each(['', '# nothing yet\n', 'lines: []\nsignOffs: []\n'])('%j holds the runbook and nothing signed', (text) => {
  expect(readSignOffs(text)).toEqual({ signOffs: { lines: RUNBOOK, signOffs: [], uncommitted: [] }, problems: [] });
});

test("sign-offs of the runbook's lines and of the team's own are read", () => {
  const commitOf = (from: number, to: number) => `${from}-${to}-commit-of-the-entry`;
  const { signOffs } = readSignOffs(`${OWN}signOffs:\n${signOff()}${signOff({ line: 'X.1' })}`, commitOf);
  expect(signOffs?.lines.at(-1)).toEqual({
    id: 'X.1',
    text: 'The board has been told',
    owner: 'Programme lead',
    deputy: 'Finance',
    kind: 'attested',
    evidence: 'sign-off',
  });
  expect(signOffs?.signOffs).toEqual([
    { line: '6.2', by: 'commit 4-6-commit-o', at: '2026-12-01T09:30:00Z', link: 'https://wiki.acme.eu/1' },
    { line: 'X.1', by: 'commit 7-9-commit-o', at: '2026-12-01T09:30:00Z', link: 'https://wiki.acme.eu/1' },
  ]);
});

test.each<[string, string, string]>([
  [
    'a line without quotes',
    signOff({ line: '6.1' }),
    'signOffs[0].line must be the id of a line, quoted: "6.1", got: 6.1',
  ],
  [
    'a name',
    signOff({ by: 'Jo Doe' }),
    'signOffs[0] must not have by: the reviewed commit that brings the entry says who signs, got: an object with line, at, link, by',
  ],
  [
    'a time without a zone',
    signOff({ at: '2026-12-01 09:30' }),
    'signOffs[0].at must be a time in UTC, quoted: "2026-12-01T09:30:00Z", got: 2026-12-01 09:30',
  ],
  [
    'a plain link',
    signOff({ link: 'http://wiki.acme.eu' }),
    'signOffs[0].link must be a link beginning with https://, got: http://wiki.acme.eu',
  ],
  [
    'an unknown key',
    signOff({ note: 'x' }),
    'signOffs[0] must not have note, got: an object with line, at, link, note',
  ],
  ['a line that is twice', signOff() + signOff(), 'signOffs[1].line must be signed off once, got: "6.2"'],
])('%s is refused', (_, entries, message) => {
  expect(problems(`signOffs:\n${entries}`)).toEqual([message]);
});

const TRAINING = { line: '"6.1"', version: '"0123456789ab"' };

test('a training is signed off with the version of the support pack', () => {
  const { signOffs } = readSignOffs(`signOffs:\n${signOff(TRAINING)}`, () => '0123456789abcdef0123');
  expect(signOffs?.signOffs).toEqual([
    {
      line: '6.1',
      by: 'commit 0123456789ab',
      at: '2026-12-01T09:30:00Z',
      link: 'https://wiki.acme.eu/1',
      version: '0123456789ab',
    },
  ]);
});

test.each([
  ['none', { line: TRAINING.line }, /^signOffs\[0\]\.version must be the version of the support pack.* got: nothing$/],
  ['another form', { ...TRAINING, version: '"2"' }, /^signOffs\[0\]\.version must be the version of the support pack/],
])('a training with %s is refused', (_, changes, message) => {
  expect(problems(`signOffs:\n${signOff(changes)}`)).toEqual([expect.stringMatching(message)]);
});

test.each(['"2.1"', '"6.9"', 'X.1'])('%s is no line that people attest', (line) => {
  expect(problems(`signOffs:\n${signOff({ line })}`)).toEqual([
    expect.stringMatching(/^signOffs\[0\]\.line must be a line that people attest: 1\.1, 6\.1, .*, A\.4, got: /),
  ]);
});

test("the team's own lines begin with X and are there once", () => {
  const twice =
    'lines:\n  - { id: X.1, text: a, owner: b, deputy: c }\n  - { id: X.1, text: a, owner: b, deputy: c }\n';
  expect(problems(twice)).toEqual(['lines[1].id must be there once, got: X.1']);
  expect(problems('lines:\n  - { id: 9.9, text: a, owner: b, deputy: c }\n')).toEqual([
    "lines[0].id must be a line of the team's own: X.1, X.2 and so on, got: 9.9",
  ]);
});

test('every problem is told, not only the first', () => {
  const entries: Record<string, string>[] = [{ note: 'x', link: 'wiki' }, { at: 'today' }, { line: '"2.1"' }];
  expect(problems(`signOffs:\n${entries.map((changes) => signOff(changes)).join('')}`)).toEqual([
    'signOffs[0].link must be a link beginning with https://, got: wiki',
    'signOffs[0] must not have note, got: an object with line, at, link, note',
    'signOffs[1].at must be a time in UTC, quoted: "2026-12-01T09:30:00Z", got: today',
    'signOffs[1].line must be signed off once, got: "6.2"',
    expect.stringMatching(/^signOffs\[2\]\.line must be a line that people attest: .*, got: "2\.1"$/),
  ]);
});

test('what is no YAML, or another structure, is told as such', () => {
  expect(problems('signOffs: [')[0]).toMatch(/^config\/sign-offs\.yaml must be YAML, got: /);
  expect(problems('lines: []\nlines: []\n')[0]).toMatch(/ must be YAML, got: Map keys must be unique/);
  expect(problems('- 6.1')).toEqual(['config/sign-offs.yaml must have lines and signOffs, got: a list of 1']);
  expect(problems('signOffs: [6.1]')).toEqual(['signOffs[0] must be a sign-off with line, at and link, got: 6.1']);
  expect(problems('signOffs: yes')).toEqual(['signOffs must be a list of sign-offs with line, at and link, got: yes']);
});
