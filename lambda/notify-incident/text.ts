/** A text of at most `max` UTF-16 units: cut with `...`, never in the middle of a character. */
export function cut(text: string, max: number): string {
  const whole = text.toWellFormed();
  if (whole.length <= max) return whole;
  // A half of a pair at the cut would be made a replacement character of the same length.
  return `${whole.slice(0, max - 3).replace(/[\ud800-\udbff]$/, '')}...`;
}

/** The text on one line, without control characters. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
}

/** The text in printable ASCII: accents are dropped, what has no such form becomes a question mark. */
export function ascii(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]/gu, '?');
}
