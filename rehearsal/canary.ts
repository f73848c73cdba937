import type { Trace } from './traces';

/** A secret that nobody but this run knows, with characters that every encoding changes. */
export function canary(random: { digits: (count: number) => string }): string {
  return `canary+/=~${random.digits(24)}%&?`;
}

/** The ways in which a secret may have been written down: as it is, or in the base64, hex and URL forms of its bytes. */
export function forms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((offset) => base64Inside(bytes, offset));
  const hex = bytes.toString('hex');
  const url = encodeURIComponent(secret);
  return [
    secret,
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    hex,
    hex.toUpperCase(),
    url,
    url.replace(/%../g, (code) => code.toLowerCase()),
  ];
}

/** How the bytes look in base64 when others stand around them: without the characters that the others have a share in. */
function base64Inside(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const last = (offset + bytes.length) % 3 === 0 ? text.length : text.length - 1;
  return text.slice(Math.ceil((offset * 8) / 6), last);
}

/** The places where any of the secrets is found, in any form; none twice. */
export function placesOf(secrets: readonly string[], traces: readonly Trace[]): string[] {
  const wanted = secrets.flatMap(forms);
  return [
    ...new Set(traces.filter(({ text }) => wanted.some((form) => text.includes(form))).map(({ place }) => place)),
  ];
}
