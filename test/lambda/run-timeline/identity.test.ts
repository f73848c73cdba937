import { callerOf, IdentityError, signIdentity } from '../../../lambda/run-timeline/identity';

const ARN = 'arn:aws:sts::111122223333:assumed-role/Operators/jo';
const wanted = { command: 'abort', reason: 'decided in a test' };
const signed = signIdentity(wanted, {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'not-a-secret', sessionToken: 'token' },
  now: new Date('2026-12-01T09:00:00Z'),
});

/** STS, with what was sent to it. */
function sts(status = 200, arn: string | undefined = ARN) {
  const sent: RequestInit[] = [];
  const send = async (_: unknown, init: RequestInit = {}) => {
    sent.push(init);
    const body = { GetCallerIdentityResponse: { GetCallerIdentityResult: { Arn: arn } } };
    return new Response(JSON.stringify(body), { status });
  };
  return { sent, options: { url: 'https://sts.eu-central-1.amazonaws.com/', send: send as typeof fetch } };
}

test('whoever signed the command is who STS says', async () => {
  const { options, sent } = sts();
  await expect(callerOf(signed, wanted, options)).resolves.toBe(ARN);
  expect(sent[0]).toMatchObject({
    method: 'POST',
    body: expect.stringContaining('GetCallerIdentity'),
    redirect: 'error',
  });
});

test.each([
  ['another command', signed, { ...wanted, command: 'approve' }],
  [
    'a command that the signature does not cover',
    withAuthorization((text) => text.replace(';x-golive-command', '')),
    wanted,
  ],
  ['no signature', { headers: { ...signed.headers, authorization: '' } }, wanted],
])('%s is refused before anybody is asked', async (_, identity, command) => {
  const { options, sent } = sts();
  await expect(callerOf(identity, command, options)).rejects.toThrow(IdentityError);
  expect(sent).toEqual([]);
});

test('a signature that STS does not take is nobody', async () => {
  await expect(callerOf(signed, wanted, sts(403).options)).rejects.toThrow(/HTTP 403/);
  await expect(callerOf(signed, wanted, sts(200, '').options)).rejects.toThrow('STS named nobody');
});

test('no header of the caller but the signed ones is passed on', async () => {
  const { options, sent } = sts();
  await callerOf({ headers: { ...signed.headers, 'x-forwarded-for': '8.8.8.8' } }, wanted, options);
  expect(Object.keys(sent[0]?.headers ?? {})).not.toContain('x-forwarded-for');
});

function withAuthorization(change: (text: string) => string) {
  return { headers: { ...signed.headers, authorization: change(String(signed.headers.authorization)) } };
}
