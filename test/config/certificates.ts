import './metadata';
import { type KeyObject, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);

const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface Authority {
  readonly pem: string;
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface AuthorityOptions {
  /** Self-signed when absent. */
  readonly issuer?: Authority;
  readonly ca?: boolean;
  /** P-256 when absent. */
  readonly publicKey?: KeyObject;
  readonly from?: string;
  readonly to?: string;
}

let serial = 0;

/** A certificate made at run time; `name` is its common name. */
export async function authority(name: string, options: AuthorityOptions = {}): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ['sign', 'verify']);
  const { issuer } = options;
  serial += 1;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial.toString(16).padStart(4, '0'),
    subject: `CN=${name}`,
    issuer: `CN=${issuer?.name ?? name}`,
    notBefore: new Date(options.from ?? '2026-01-01'),
    notAfter: new Date(options.to ?? '2036-01-01'),
    publicKey: options.publicKey
      ? new x509.PublicKey(options.publicKey.export({ type: 'spki', format: 'der' }))
      : keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: SIGNING,
    extensions: [new x509.BasicConstraintsExtension(options.ca ?? true, undefined, true)],
  });
  return { pem: `${certificate.toString('pem')}\n`, name, keys };
}
