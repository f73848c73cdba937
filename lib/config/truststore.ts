import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Where paths in the config begin. */
export const REPOSITORY = join(__dirname, '..', '..');

// API Gateway's limits for a truststore.
// @see https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html
const MAX_BYTES = 1024 * 1024;
const MAX_CERTIFICATES = 1000;
const MAX_CHAIN = 4;
const MIN_RSA_BITS = 2048;
/** P-256, P-384 and P-521 as OpenSSL calls them. */
const CURVES = ['prime256v1', 'secp384r1', 'secp521r1'];

const PEM_BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;

export interface TruststoreProblem {
  readonly must: string;
  readonly found: string;
}

export interface Truststore {
  /** In the order of the file; empty where the file cannot be read as certificates. */
  readonly certificates: readonly X509Certificate[];
  readonly problems: readonly TruststoreProblem[];
}

/** Reads a PEM file and judges it as far as that needs no clock; never throws. */
export function readTruststore(path: string, root: string = REPOSITORY): Truststore {
  const file = join(root, path);
  const size = statSync(file, { throwIfNoEntry: false });
  if (!size?.isFile()) return unreadable('must name a PEM file in the repository', `${path} (no such file)`);
  if (size.size > MAX_BYTES) return unreadable('must be at most 1 MB', `${size.size} bytes`);
  const pem = readFileSync(file, 'utf8');
  const blocks = [...pem.matchAll(PEM_BLOCK)].map(([text, label]) => ({ text, label }));
  const foreign = blocks.find(({ label }) => label !== 'CERTIFICATE');
  if (foreign) return unreadable('must hold nothing but certificates', `a ${foreign.label}`);
  if (blocks.length > MAX_CERTIFICATES) return unreadable('must hold at most 1000 certificates', String(blocks.length));
  if (pem.split('-----BEGIN ').length - 1 !== blocks.length) {
    return unreadable('must be a well-formed PEM file', 'a block with a beginning and no end');
  }
  if (blocks.length === 0) return unreadable('must hold at least one certificate in PEM form', 'none');
  return judge(blocks.map(({ text }) => parse(text)));
}

/** `certificate 2 (CN=Example CA)`: how messages name a certificate; `index` counts from 0. */
export function nameCertificate(certificate: X509Certificate, index: number): string {
  return `certificate ${index + 1} (${certificate.subject.replaceAll('\n', ', ')})`;
}

function unreadable(must: string, found: string): Truststore {
  return { certificates: [], problems: [{ must, found }] };
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function judge(parsed: readonly (X509Certificate | undefined)[]): Truststore {
  const problems = parsed.flatMap((certificate, index): TruststoreProblem[] =>
    certificate
      ? judgeOne(certificate, index)
      : [{ must: 'must hold only well-formed certificates', found: `certificate ${index + 1}, which cannot be read` }],
  );
  const certificates = parsed.filter((certificate) => certificate !== undefined);
  return { certificates, problems: [...problems, ...duplicates(parsed), ...longChain(certificates)] };
}

function judgeOne(certificate: X509Certificate, index: number): TruststoreProblem[] {
  const name = nameCertificate(certificate, index);
  const key = keyWeakness(certificate);
  return [
    ...(certificate.ca ? [] : [{ must: 'must hold only CA certificates', found: `${name}, which is not one` }]),
    ...(key
      ? [{ must: 'must hold only RSA keys from 2048 bits or EC keys from P-256', found: `${name} with ${key}` }]
      : []),
  ];
}

/** The key in words when it is too weak or of a kind that API Gateway does not take. */
function keyWeakness({ publicKey }: X509Certificate): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
  if (type === 'rsa') {
    const bits = details?.modulusLength ?? 0;
    return bits < MIN_RSA_BITS ? `RSA ${bits}` : undefined;
  }
  if (type !== 'ec') return String(type);
  const curve = details?.namedCurve ?? 'unnamed';
  return CURVES.includes(curve) ? undefined : `EC ${curve}`;
}

function duplicates(parsed: readonly (X509Certificate | undefined)[]): TruststoreProblem[] {
  const prints = parsed.map((certificate) => certificate?.fingerprint256);
  return parsed.flatMap((certificate, index) => {
    const first = prints.indexOf(certificate?.fingerprint256);
    if (!certificate || first === index) return [];
    const found = `${nameCertificate(certificate, index)}, the same as certificate ${first + 1}`;
    return [{ must: 'must hold each certificate once', found }];
  });
}

/** API Gateway counts CA certificates from the issuing one to the root; the client's own does not count. */
function longChain(certificates: readonly X509Certificate[]): TruststoreProblem[] {
  const bySubject = new Map<string, X509Certificate[]>();
  for (const ca of certificates) bySubject.set(ca.subject, [...(bySubject.get(ca.subject) ?? []), ca]);
  const chain = (certificate: X509Certificate, below: readonly X509Certificate[]): readonly X509Certificate[] => {
    const path = [...below, certificate];
    const issuer = bySubject.get(certificate.issuer)?.find((ca) => !path.includes(ca) && certificate.checkIssued(ca));
    return issuer ? chain(issuer, path) : path;
  };
  const longest =
    certificates.map((certificate) => chain(certificate, [])).sort((a, b) => b.length - a.length)[0] ?? [];
  if (longest.length <= MAX_CHAIN) return [];
  const first = longest[0]?.subject.replaceAll('\n', ', ');
  return [
    {
      must: `must hold chains of at most ${MAX_CHAIN} certificates`,
      found: `${longest.length} from ${first} to its root`,
    },
  ];
}
