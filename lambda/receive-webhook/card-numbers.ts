import { rewriteScalars } from '../payca/json-text';

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
/**
 * Digits in groups, alone in their place: neither part of a word nor of a longer number. One UUID in some 100,000 has
 * three groups that pass for a card number, so UUIDs are taken first and left as they are.
 */
const CANDIDATE = new RegExp(`(?<![0-9A-Za-z])(?:(?<uuid>${UUID.source})|\\d+(?:[ -]\\d+)*)(?![0-9A-Za-z])`, 'gi');
/** A cheap look that spares most bodies the rest; `\u00` may hide a digit. */
const MAY_HOLD = /(?:\d[ -]?){13}|\\u00/;

const MAX_LENGTH = 19;

/** Issuer prefixes and lengths of the brands (ISO/IEC 7812; the brands' published ranges). */
const BRANDS: readonly (readonly [prefix: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(5[1-5]|2(22[1-9]|2[3-9]|[3-6]|7[01]|720))/, [16]],
  [/^3[47]/, [15]],
  [/^(30[0-5]|36|38|39)/, [14, 16, 19]],
  [/^(6011|64[4-9]|65|62|81|35(2[89]|[3-8]))/, [16, 17, 18, 19]],
  [/^(5018|5020|5038|5893|6304|6759|676[1-3])/, [13, 14, 15, 16, 17, 18, 19]],
];

/** The JSON text with every card number masked to its first six and last four digits (PCI DSS 3.4.1), and how many. */
export function maskCardNumbers(json: string): { text: string; masked: number } {
  if (!MAY_HOLD.test(json)) return { text: json, masked: 0 };
  let masked = 0;
  const text = rewriteScalars(json, ({ text }) => {
    const isString = text.startsWith('"');
    // A number with a fraction or an exponent is an amount.
    if (!isString && !/^\d+$/.test(text)) return undefined;
    const result = maskText(isString ? JSON.parse(text) : text);
    masked += result.masked;
    return result.masked > 0 ? JSON.stringify(result.text) : undefined;
  });
  return { text, masked };
}

/** The same for plain text. */
export function maskText(plain: string): { text: string; masked: number } {
  let masked = 0;
  const text = plain.replace(CANDIDATE, (run, uuid?: string) => {
    if (uuid !== undefined) return run;
    const numbers = cardNumbers(run);
    masked += numbers.length;
    return numbers.reduce(
      (out, { start, end }) => out.slice(0, start) + maskDigits(out.slice(start, end)) + out.slice(end),
      run,
    );
  });
  return { text, masked };
}

/** Where card numbers stand in digits grouped by single spaces or hyphens: any neighbouring groups may make one. */
function cardNumbers(run: string): { start: number; end: number }[] {
  const groups = [...run.matchAll(/\d+/g)].map(({ 0: digits, index }) => ({ digits, start: index }));
  const found: { start: number; end: number }[] = [];
  for (let first = 0; first < groups.length; first += 1) {
    let digits = '';
    for (const group of groups.slice(first, first + MAX_LENGTH)) {
      digits += group.digits;
      if (digits.length > MAX_LENGTH) break;
      if (!isCardNumber(digits)) continue;
      found.push({ start: groups[first]?.start ?? 0, end: group.start + group.digits.length });
      first = groups.indexOf(group, first);
      break;
    }
  }
  return found;
}

function isCardNumber(digits: string): boolean {
  return BRANDS.some(([prefix, lengths]) => lengths.includes(digits.length) && prefix.test(digits)) && luhn(digits);
}

function maskDigits(number: string): string {
  const count = number.replace(/\D/g, '').length;
  let seen = 0;
  return number.replace(/\d/g, (digit) => {
    seen += 1;
    return seen > 6 && seen <= count - 4 ? '*' : digit;
  });
}

/** ISO/IEC 7812-1, annex B. */
function luhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
