import fc from 'fast-check';
import { maskCardNumbers, maskText } from '../../../lambda/receive-webhook/card-numbers';
import { Random } from '../../../rehearsal/payca';

const cardNumber = fc.nat().map((seed) => new Random(seed).cardNumber());
const grouped = (digits: string, by: string) => digits.replace(/\d{4}(?=\d)/g, `$&${by}`);
const hidden = (digits: string) => `${digits.slice(0, 6)}******${digits.slice(-4)}`;

test('a card number is masked as text, in groups, within text, as a number and as a key', () => {
  fc.assert(
    fc.property(cardNumber, (digits) => {
      const json = `{"a":"${digits}","b":"paid with ${grouped(digits, ' ')}.","c":${digits},"d":["${grouped(digits, '-')}"],"${digits}":1}`;
      const { text, masked } = maskCardNumbers(json);
      expect(masked).toBe(5);
      expect(text.replace(/[ -]/g, '')).not.toContain(digits);
      expect(JSON.parse(text)).toMatchObject({ a: hidden(digits), c: hidden(digits), [hidden(digits)]: 1 });
    }),
  );
});

test('a digit written as an escape does not hide a card number', () => {
  const digits = new Random(5).cardNumber();
  const json = `{"a":"\\u003${digits[0]}${digits.slice(1)}"}`;
  expect(maskCardNumbers(json)).toEqual({ text: `{"a":"${hidden(digits)}"}`, masked: 1 });
});

test.each([
  '{"uuid":"41111111-2222-4333-8444-555555555555"}',
  '{"amount":4111111111111111.11,"id":"order4111111111111112"}',
  '{"timestamp":1764576000000,"long":123456789012345678901234567890}',
  '{"phone":"+49 30 1234567"}',
])('what is no card number stays, byte for byte: %s', (json) => {
  expect(maskCardNumbers(json)).toEqual({ text: json, masked: 0 });
});

test('a number that fails the check digit is left alone', () => {
  fc.assert(
    fc.property(cardNumber, fc.integer({ min: 1, max: 9 }), (digits, change) => {
      const wrong = `${digits.slice(0, -1)}${(Number(digits.at(-1)) + change) % 10}`;
      expect(maskText(wrong)).toEqual({ text: wrong, masked: 0 });
    }),
  );
});

test('any JSON without card numbers comes out unchanged', () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false }), (json) => {
      const { text, masked } = maskCardNumbers(json);
      if (masked === 0) expect(text).toBe(json);
      JSON.parse(text);
    }),
  );
});
