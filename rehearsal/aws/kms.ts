import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Deployment } from '../deployment';
import type { Json } from '../template';
import { AwsFault, type Backend, type Call, ok } from './gate';

/** Encrypts and decrypts under the template's keys, bound to the encryption context as KMS does it. */
export class Kms implements Backend {
  readonly service = 'kms';
  private readonly keys = new Map<string, Buffer>();

  constructor(private readonly deployment: Deployment) {}

  targets({ operation, input }: Call) {
    if (operation !== 'Encrypt' && operation !== 'Decrypt')
      throw new Error(`the rehearsal does not know kms:${operation}`);
    return [{ action: `kms:${operation}`, resource: String(input.KeyId) }];
  }

  async handle({ operation, input }: Call) {
    const KeyId = String(input.KeyId);
    const context = Buffer.from(JSON.stringify(Object.entries((input.EncryptionContext as Json) ?? {}).sort()));
    if (operation === 'Encrypt') {
      const plain = Buffer.from(String(input.Plaintext), 'base64');
      if (plain.length > 4096) throw new AwsFault('ValidationException', 'Plaintext must have at most 4096 bytes');
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', this.key(KeyId), iv).setAAD(context);
      const content = Buffer.concat([cipher.update(plain), cipher.final()]);
      return ok({ KeyId, CiphertextBlob: Buffer.concat([iv, cipher.getAuthTag(), content]).toString('base64') });
    }
    const blob = Buffer.from(String(input.CiphertextBlob), 'base64');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key(KeyId), blob.subarray(0, 12));
      decipher.setAAD(context).setAuthTag(blob.subarray(12, 28));
      const plain = Buffer.concat([decipher.update(blob.subarray(28)), decipher.final()]);
      return ok({ KeyId, Plaintext: plain.toString('base64') });
    } catch {
      throw new AwsFault('InvalidCiphertextException', 'the ciphertext is not of this key and context');
    }
  }

  private key(arn: string): Buffer {
    if (this.deployment.byArn(arn)?.type !== 'AWS::KMS::Key') throw new AwsFault('NotFoundException', `no key ${arn}`);
    const key = this.keys.get(arn) ?? randomBytes(32);
    this.keys.set(arn, key);
    return key;
  }
}
