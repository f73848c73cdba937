import fc from 'fast-check';
import { RUNBOOK } from '../../../lib/runbook/lines';
import { type FoundLine, type ReadinessInputs, readiness, readinessLines } from '../../../lib/runbook/readiness';

const AT = '2026-12-01T08:00:00.000Z';
const own = {
  id: 'X.1',
  text: 'ours',
  owner: 'Compliance',
  deputy: 'Ops',
  kind: 'attested',
  evidence: 'sign-off',
} as const;
const passed = (line: string, more: Partial<FoundLine> = {}): FoundLine => ({
  line,
  verdict: 'pass',
  at: '2026-11-30T08:00:00.000Z',
  by: 'jo',
  record: `runs/${line}.json`,
  ...more,
});
const signed = (line: string, at = '2026-11-30T08:00:00Z') => ({
  line,
  by: 'commit 0123456789ab',
  at,
  link: 'https://wiki.acme-pay.eu/1',
  ...(line === '6.1' && { version: '0123456789ab' }),
});

const inputs = (more: Partial<ReadinessInputs> = {}): ReadinessInputs => ({
  stage: 'production',
  at: AT,
  lines: [...RUNBOOK, own],
  supportVersion: '0123456789ab',
  signOffs: RUNBOOK.filter(({ kind }) => kind === 'attested').map(({ id }) => signed(id)),
  found: RUNBOOK.filter(({ kind }) => kind === 'automated').map(({ id }) => passed(id)),
  evidenceProblems: [],
  remarks: [],
  ...more,
});
const verdictOf = (answer: ReturnType<typeof readiness>, id: string) =>
  answer.lines.find((line) => line.id === id)?.verdict;

test('nothing is green by default', () => {
  const answer = readiness(inputs({ signOffs: [], found: [] }));
  expect(answer.decision).toBe('no-go');
  expect(new Set(answer.lines.map(({ verdict }) => verdict))).toEqual(new Set(['no-data', 'not supplied']));
});

test('a signature that came after a failure counts', () => {
  const failed = passed('6.4', { verdict: 'fail', at: '2026-11-30T07:00:00.000Z' });
  expect(verdictOf(readiness(inputs({ found: [...inputs().found, failed] })), '6.4')).toBe('attested');
});

test("a drill's record shows that the tracker has been tried, without a signature", () => {
  const signOffs = inputs().signOffs.filter(({ line }) => line !== '6.4');
  expect(verdictOf(readiness(inputs({ signOffs })), '6.4')).toBe('not supplied');
  expect(verdictOf(readiness(inputs({ signOffs, found: [...inputs().found, passed('6.4')] })), '6.4')).toBe('pass');
});

test('a go when everything that decides was shown or attested; the days of the launch and own lines do not decide', () => {
  const before = inputs().found.filter(({ line }) => !/^[89]\./.test(line));
  expect(readiness(inputs({ found: before }))).toMatchObject({ decision: 'go', reasons: [] });
});

test.each([
  [
    'failed',
    { found: inputs().found.map((one) => (one.line === '4.1' ? passed('4.1', { verdict: 'fail' }) : one)) },
    /^4\.1: fail/,
  ],
  [
    'is too old',
    {
      found: inputs().found.map((one) =>
        one.line === '4.1' ? passed('4.1', { at: '2026-10-01T08:00:00.000Z' }) : one,
      ),
    },
    /^4\.1: no-data, pass 61 days ago is too old/,
  ],
  [
    'is signed for later',
    { signOffs: inputs().signOffs.map((one) => (one.line === '6.1' ? signed('6.1', '2027-01-01T00:00:00Z') : one)) },
    /^6\.1: not supplied/,
  ],
  [
    'is signed for another version of the support pack',
    { supportVersion: 'ba9876543210' },
    /^6\.1: not supplied, by commit 0123456789ab .*, signed off for version 0123456789ab .*, which is ba9876543210 now/,
  ],
  [
    'is signed off and a later record says otherwise',
    { found: [...inputs().found, passed('6.4', { verdict: 'fail', at: '2026-11-30T08:00:00.500Z' })] },
    /^6\.4: fail/,
  ],
  ['has evidence that was changed', { evidenceProblems: ['runs/1.json changed'] }, /^evidence: runs\/1\.json changed/],
  ['is one of the team that decides', { lines: [...RUNBOOK, { ...own, decides: true }] }, /^X\.1: not supplied/],
])('a no-go when a line %s', (_, more, reason) => {
  const { decision, reasons } = readiness(inputs(more));
  expect(decision).toBe('no-go');
  expect(reasons).toEqual([expect.stringMatching(reason)]);
});

test('an optional line stands in the way only when it was tried and failed', () => {
  const without = inputs().found.filter(({ line }) => line !== '2.3');
  expect(readiness(inputs({ found: without })).decision).toBe('go');
  expect(readiness(inputs({ found: [...without, passed('2.3', { verdict: 'fail' })] })).decision).toBe('no-go');
});

test.each(['7.1', '7.2', '7.3', '7.4'])('no record marks line %s as done, and one may find it wrong', (id) => {
  const unsigned = inputs().signOffs.filter(({ line }) => line !== id);
  const found = (verdict: FoundLine['verdict']) => [...inputs().found, passed(id, { verdict })];
  expect(verdictOf(readiness(inputs({ signOffs: unsigned, found: found('pass') })), id)).toBe('not supplied');
  expect(verdictOf(readiness(inputs({ signOffs: unsigned, found: found('fail') })), id)).toBe('fail');
  expect(verdictOf(readiness(inputs()), id)).toBe('attested');
});

test('a sign-off does not stand for what must be shown', () => {
  const answer = readiness(inputs({ found: [], signOffs: [signed('4.1')] }));
  expect(verdictOf(answer, '4.1')).toBe('no-data');
});

test('the same inputs give the same answer, also after they were stored', () => {
  const verdict = fc.constantFrom('pass', 'fail', 'no-data');
  const found = fc.array(fc.tuple(fc.constantFrom(...RUNBOOK.map(({ id }) => id)), verdict));
  fc.assert(
    fc.property(found, (all) => {
      const some = inputs({ found: all.map(([line, one]) => passed(line, { verdict: one })) });
      expect(readiness(JSON.parse(JSON.stringify(some)))).toEqual(readiness(some));
    }),
  );
});

test('grouped by owner, with how many are open', () => {
  const text = readinessLines(readiness(inputs({ found: [], remarks: ['no timed escalation'] })), 'treasury');
  expect(text[0]).toBe('Treasury: 3 open');
  expect(text.some((line) => line.startsWith('DevOps'))).toBe(false);
  expect(text).toContain('remark   no timed escalation');
});

test('a signature does not outvote a failure that came after it, and one that came before it does not count', () => {
  const failed = (at: string) =>
    readiness(inputs({ found: [...inputs().found, passed('6.1', { verdict: 'fail', at })] }));
  expect(verdictOf(failed('2026-11-30T09:00:00.000Z'), '6.1')).toBe('fail');
  expect(verdictOf(failed('2026-11-30T07:00:00.000Z'), '6.1')).toBe('attested');
});
