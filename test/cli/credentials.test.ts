import { finding, outcomeText, statusLines } from '../../cli/credentials';
import { fromLines } from '../../cli/hidden-input';
import { formProblems } from '../../cli/secret';
import { explain } from '../../cli/stage';
import { acceptedUntilLabel } from '../../lambda/payca/credentials';
import type { Outcome } from '../../lambda/promote-credentials/promote';
import { RUNBOOK } from '../../lib/runbook/lines';

const NAMES = ['client id', 'client secret'];
const IDS = { sent: 'sent-1', received: 'sent-1' };

describe('standard input', () => {
  test.each([['a\nb'], ['a\nb\n'], ['a\r\nb\r\n']])('%j is one value on each line', (input) => {
    expect(fromLines(input, NAMES)).toEqual(['a', 'b']);
  });

  test.each([
    ['', 0],
    ['a', 1],
    ['a\n', 1],
    ['a\nb\nc\n', 3],
    ['a\nb\n\n', 3],
  ])('%j is refused, and nothing of it repeated', (input, found) => {
    expect(() => fromLines(input, NAMES)).toThrow(
      `standard input has ${found} of 2 lines (line 1 the client id, line 2 the client secret); nothing was changed`,
    );
  });
});

describe('form', () => {
  const problems = (value: string) => formProblems([{ name: 'client secret', value, minLength: 16 }]);

  test.each([['3f2c1d4e-5b6a-4c7d-8e9f-0a1b2c3d4e5f'], ['c2VjcmV0+/c2VjcmV0=='], ['https://hooks.example.com/x']])(
    '%s is taken',
    (value) => expect(problems(value)).toEqual([]),
  );

  test.each([
    ['', 'is empty'],
    ['with a space in it', 'space'],
    ['with-a-tab-in-it\tx', 'space'],
    ['with-an-umlaut-ä-in-it', 'not printable ASCII'],
    ['with-a-nul\u0000-in-it-xx', 'not printable ASCII'],
    ['"quoted-by-a-shell"', 'a quote'],
    ['<your-client-secret>', 'angle bracket'],
    ['half-typed', '10 characters, a whole one at least 16'],
    ['x'.repeat(4097), 'more than 4096'],
  ])('%j is told in words that hold nothing of it', (value, told) => {
    const [problem, ...others] = problems(value);
    expect(problem).toContain(told);
    expect(others).toEqual([]);
    if (value.length > 3) expect(problem).not.toContain(value.slice(0, 8));
  });

  test('all values are judged at once', () => {
    const values = NAMES.map((name) => ({ name, value: '', minLength: 1 }));
    expect(formProblems(values)).toEqual(['the client id is empty', 'the client secret is empty']);
  });
});

test.each<[Outcome, boolean, string]>([
  [
    { result: 'promoted', versionId: 'v', requestId: IDS, formerAcceptedUntil: '2026-12-03T00:00:00.000Z' },
    true,
    'accepted until 2026-12-03',
  ],
  [{ result: 'promoted', versionId: 'v', requestId: IDS }, true, 'it is current'],
  [{ result: 'rolled-back', versionId: 'v', requestId: IDS }, true, 'the former pair'],
  [
    { result: 'unchanged', versionId: 'v', requestId: IDS },
    true,
    'current already and PayCA accepts it (request id sent-1)',
  ],
  [{ result: 'unchanged', versionId: 'v' }, true, 'this pair is current already'],
  [
    { result: 'refused', code: 'ErrUnauthorized', status: 401, requestId: { sent: 's', received: 'r' } },
    false,
    'ErrUnauthorized, HTTP 401 (request id s, answered as r); nothing was changed',
  ],
  [
    { result: 'unproven', code: 'Timeout', requestId: { sent: 's' } },
    false,
    'Timeout (request id s); nothing was changed',
  ],
  [
    { result: 'unproven', code: 'ErrNotFound', status: 404, requestId: IDS },
    false,
    'check payca.baseUrl and payca.balances',
  ],
  [{ result: 'superseded' }, false, 'nothing was changed'],
  [{ result: 'nothing-staged' }, false, 'nothing was changed'],
  [{ result: 'not-a-pair' }, false, 'nothing was changed'],
  [{ result: 'no-former-pair' }, false, 'nothing was changed'],
])('%j is told in one line', (outcome, done, told) => {
  const text = outcomeText(outcome);
  expect(text.done).toBe(done);
  expect(text.text).toContain(told);
  expect(text.text).not.toContain('\n');
});

test.each<[Parameters<typeof finding>[0], Outcome, string, string]>([
  ['production', { result: 'promoted', versionId: 'v', requestId: IDS }, '1.2', 'pass'],
  ['production', { result: 'refused', code: 'ErrUnauthorized', requestId: IDS }, '1.2', 'fail'],
  ['sandbox', { result: 'promoted', versionId: 'v', requestId: IDS }, '1.3', 'no-data'],
  ['sandbox', { result: 'promoted', versionId: 'v', requestId: IDS, formerAcceptedUntil: 'then' }, '1.3', 'pass'],
  ['sandbox', { result: 'unchanged', versionId: 'v', requestId: IDS }, '1.3', 'no-data'],
])('in %s, %j shows line %s: %s', (stage, outcome, line, verdict) => {
  expect(finding(stage, outcome)).toMatchObject({ line, verdict });
  expect(RUNBOOK.map(({ id }) => id)).toContain(line);
});

describe('status', () => {
  const now = new Date('2026-12-10T00:00:00Z');
  const at = (days: number) => now.getTime() - days * 24 * 60 * 60 * 1000;
  const lines = (versions: Parameters<typeof statusLines>[0]['versions'], matched = {}) =>
    statusLines({ stage: 'production', versions, matched, maxAgeDays: 365 }, now);

  test('before the first pair it says how to put one', () => {
    expect(lines([{ id: 'born', stages: ['AWSCURRENT'], createdAt: at(1) }])).toEqual([
      'stage     production',
      'current   none was put yet: npm run golive -- credentials put --stage production',
      'matched   no webhook in the last hour',
    ]);
  });

  test('a key of which AWS tells a time that is not yet here is new', () => {
    const born = { id: 'born', stages: ['AWSPREVIOUS'], createdAt: at(1) };
    const versions = [born, { id: 'v1', stages: ['AWSCURRENT'], createdAt: now.getTime() + 1000 }];
    expect(lines(versions, undefined)).toContain('current   version v1, 0 days old');
  });

  test('it tells ages, ends, what was left behind and which keys matched', () => {
    const versions = [
      { id: 'v1', stages: [acceptedUntilLabel(now.getTime() - 1000, 'v1')], createdAt: at(500) },
      { id: 'v2', stages: ['AWSPREVIOUS', acceptedUntilLabel(at(-1), 'v2')], createdAt: at(400) },
      { id: 'v3', stages: ['AWSCURRENT', acceptedUntilLabel(at(-2), 'v3')], createdAt: at(365) },
      { id: 'v4', stages: ['AWSPENDING'], createdAt: at(0) },
    ];
    expect(lines(versions, { current: 3, previous: 1 })).toEqual([
      'stage     production',
      'current   version v3, 365 days old, older than 365: ask PayCA for new keys, then npm run golive -- credentials put --stage production',
      'former    version v1, accepted until 2026-12-09T23:59:59.000Z, which is over',
      'former    version v2, accepted until 2026-12-11T00:00:00.000Z (24 h left)',
      'pending   version v4, left by a command that was stopped: npm run golive -- credentials put --stage production',
      'matched   current 3, previous 1 in the last hour',
    ]);
  });
});

test.each([
  ['ExpiredToken', 'whatever'],
  ['ExpiredTokenException', 'whatever'],
  ['CredentialsProviderError', 'The SSO session associated with this profile has expired.'],
  ['TokenProviderError', 'Token is expired.'],
])('%s is told as a session that has ended', (name, message) => {
  expect(explain(Object.assign(new Error(message), { name }), 'stack x')).toBe(
    'stack x: the AWS session has ended; sign in again (aws sso login)',
  );
});
