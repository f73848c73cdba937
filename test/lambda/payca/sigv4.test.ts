import { signedHeaders } from '../../../lambda/payca/sigv4';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const TIME = new Date('2015-08-30T12:36:00Z');
const request = (headers: Record<string, string> = {}) => ({
  host: 'example.amazonaws.com',
  region: 'us-east-1',
  service: 'service',
  headers,
  body: '',
});

/** Cases of AWS's own test suite for signature version 4: post-vanilla, post-header-key-sort, post-sts-header-before. */
test.each<[string, Record<string, string>, string | undefined, string, string]>([
  [
    'the host and the time',
    {},
    undefined,
    'host;x-amz-date',
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  ],
  [
    'headers of the call, in order',
    { 'my-header1': 'value1' },
    undefined,
    'host;my-header1;x-amz-date',
    'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  ],
  [
    "a role's session token",
    {},
    'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==',
    'host;x-amz-date;x-amz-security-token',
    '85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead',
  ],
])('signs %s', (_, headers, sessionToken, names, signature) => {
  const signed = signedHeaders(request(headers), { ...KEYS, sessionToken }, TIME);
  expect(signed).toMatchObject({ ...headers, host: 'example.amazonaws.com', 'x-amz-date': '20150830T123600Z' });
  expect(signed.authorization).toBe(
    `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
  );
});

test('a kept signing key serves only the secret, day and region it was made for', () => {
  const sign = (secretAccessKey: string, region: string, time: Date) =>
    signedHeaders({ ...request(), region }, { ...KEYS, secretAccessKey }, time).authorization?.split('Signature=')[1];
  const first = sign(KEYS.secretAccessKey, 'us-east-1', TIME);
  const others = [
    sign('another', 'us-east-1', TIME),
    sign(KEYS.secretAccessKey, 'eu-west-1', TIME),
    sign(KEYS.secretAccessKey, 'us-east-1', new Date('2015-08-31T12:36:00Z')),
  ];
  expect(new Set([first, ...others]).size).toBe(4);
  expect(sign(KEYS.secretAccessKey, 'us-east-1', TIME)).toBe(first);
});
