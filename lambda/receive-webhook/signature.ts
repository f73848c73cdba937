import { createHmac, timingSafeEqual } from 'node:crypto';

const FORM = /^sha256=[0-9a-f]{64}$/;

/** Whether `header` is `sha256=<hex>` of `body` under `secret` (payca-contract.md, 8.3), compared in constant time. */
export function isSignedWith(secret: string, body: Uint8Array, header: string): boolean {
  const digest = createHmac('sha256', secret).update(body).digest();
  return timingSafeEqual(digest, Buffer.from(header.slice('sha256='.length), 'hex'));
}

/** The signature header in its one form, or `undefined` when it has another. PayCA's hex is lower case; both are taken. */
export function readSignature(header: string | undefined): string | undefined {
  const signature = header?.trim().toLowerCase();
  return signature && FORM.test(signature) ? signature : undefined;
}
