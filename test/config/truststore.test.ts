import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTruststore } from '../../lib/config/truststore';
import { type Authority, authority } from '../../rehearsal/certificates';

const root = mkdtempSync(join(tmpdir(), 'truststore-'));

function problemsOf(pem: string) {
  writeFileSync(join(root, 'ca.pem'), pem);
  return readTruststore('ca.pem', root).problems;
}

async function chainOf(length: number): Promise<Authority[]> {
  const chain: Authority[] = [];
  for (let level = 0; level < length; level += 1)
    chain.push(await authority(`Level ${level}`, { issuer: chain.at(-1) }));
  return chain;
}

test('a root, a chain of four and a comment are taken', async () => {
  const chain = await chainOf(4);
  expect(problemsOf(`# PayCA, received 2026-11-02\n${chain.map(({ pem }) => pem).join('')}`)).toEqual([]);
  expect(readTruststore('ca.pem', root).certificates.map(({ subject }) => subject)).toEqual(
    [0, 1, 2, 3].map((n) => `CN=Level ${n}`),
  );
});

test('a chain of five is refused, in any order of the file', async () => {
  const chain = await chainOf(5);
  const problem = { must: 'must hold chains of at most 4 certificates', found: '5 from CN=Level 4 to its root' };
  expect(problemsOf(chain.map(({ pem }) => pem).join(''))).toEqual([problem]);
  expect(
    problemsOf(
      chain
        .map(({ pem }) => pem)
        .reverse()
        .join(''),
    ),
  ).toEqual([problem]);
});

test('several short chains side by side are taken', async () => {
  const chains = await Promise.all([chainOf(2), chainOf(2), chainOf(2)]);
  expect(
    problemsOf(
      chains
        .flat()
        .map(({ pem }) => pem)
        .join(''),
    ),
  ).toEqual([]);
});

test.each([
  ['RSA 1024', 'rsa', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
  ['EC secp224r1', 'ec', generateKeyPairSync('ec', { namedCurve: 'secp224r1' }).publicKey],
  ['ed25519', 'ed25519', generateKeyPairSync('ed25519').publicKey],
])('%s is refused', async (found, _type, publicKey) => {
  const issuer = await authority('Root');
  const { pem } = await authority('Weak', { issuer, publicKey });
  expect(problemsOf(issuer.pem + pem)).toEqual([
    {
      must: 'must hold only RSA keys from 2048 bits or EC keys from P-256',
      found: `certificate 2 (CN=Weak) with ${found}`,
    },
  ]);
});

test.each([
  ['RSA 2048', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
  ['P-384', generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey],
])('%s is taken', async (_name, publicKey) => {
  const issuer = await authority('Root');
  const { pem } = await authority('Strong', { issuer, publicKey });
  expect(problemsOf(pem)).toEqual([]);
});

test('what is no CA, repeats and cannot be read is reported at once', async () => {
  const [root, leaf] = [await authority('Root'), await authority('Leaf', { ca: false })];
  const broken = root.pem.replace(/\n[A-Za-z0-9+/]{20}/, '\nAAAAAAAAAAAAAAAAAAAA');
  expect(problemsOf(root.pem + leaf.pem + broken + root.pem)).toEqual([
    { must: 'must hold only CA certificates', found: 'certificate 2 (CN=Leaf), which is not one' },
    { must: 'must hold only well-formed certificates', found: 'certificate 3, which cannot be read' },
    { must: 'must hold each certificate once', found: 'certificate 4 (CN=Root), the same as certificate 1' },
  ]);
});

test('files that are no truststore', async () => {
  const { pem } = await authority('Root');
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  expect(readTruststore('none.pem', root).problems).toEqual([
    { must: 'must name a PEM file in the repository', found: 'none.pem (no such file)' },
  ]);
  expect(problemsOf('')).toEqual([{ must: 'must hold at least one certificate in PEM form', found: 'none' }]);
  expect(problemsOf('not a PEM file')).toEqual([
    { must: 'must hold at least one certificate in PEM form', found: 'none' },
  ]);
  expect(problemsOf(pem + key)).toEqual([{ must: 'must hold nothing but certificates', found: 'a PRIVATE KEY' }]);
  const cut = pem.replace(/-----END.*/, '');
  for (const text of [cut, pem + cut]) {
    expect(problemsOf(text)).toEqual([
      { must: 'must be a well-formed PEM file', found: 'a block with a beginning and no end' },
    ]);
  }
  expect(problemsOf(pem.repeat(1001))).toEqual([{ must: 'must hold at most 1000 certificates', found: '1001' }]);
  expect(problemsOf('x'.repeat(1024 * 1024 + 1))).toEqual([{ must: 'must be at most 1 MB', found: '1048577 bytes' }]);
});
