import './reflect-metadata';
import { type KeyObject, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

x509.cryptoProvider.set(webcrypto);
const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface Authority {
  /** The certificate. */
  readonly pem: string;
  /** Its private key, PKCS #8. */
  readonly keyPem: string;
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface AuthorityOptions {
  /** Self-signed when absent. */
  readonly issuer?: Authority;
  /** A certificate that may sign others, which is the default. */
  readonly ca?: boolean;
  /** Another key than the P-256 one that is made. */
  readonly publicKey?: KeyObject;
  readonly from?: string;
  readonly to?: string;
  /** Names and addresses that a server's certificate is for. */
  readonly hosts?: readonly string[];
}

let serial = 0;

/** A certificate made at run time, so that none is kept in the repository; `name` is its common name. */
export async function authority(name: string, options: AuthorityOptions = {}): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ['sign', 'verify']);
  const { issuer, hosts = [] } = options;
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
    extensions: [
      new x509.BasicConstraintsExtension(options.ca ?? true, undefined, true),
      ...(hosts.length > 0
        ? [
            new x509.SubjectAlternativeNameExtension(
              hosts.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value })),
            ),
          ]
        : []),
    ],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${key.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
  return { pem: `${certificate.toString('pem')}\n`, keyPem, name, keys };
}
