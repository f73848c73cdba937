import fc from 'fast-check';
import { canary, forms, placesOf } from '../../rehearsal/canary';
import { Random } from '../../rehearsal/payca';

const SECRET = canary(new Random(1));
const around = fc.tuple(fc.string({ maxLength: 40 }), fc.string({ maxLength: 40 }));

test.each<[string, (text: string) => string]>([
  ['as it is', (text) => text],
  ['base64', (text) => Buffer.from(text).toString('base64')],
  ['base64url', (text) => Buffer.from(text).toString('base64url')],
  ['hex', (text) => Buffer.from(text).toString('hex')],
  ['upper-case hex', (text) => Buffer.from(text).toString('hex').toUpperCase()],
  ['a URL', (text) => encodeURIComponent(text)],
  ['a form', (text) => new URLSearchParams({ text }).toString().replaceAll('%7E', '~')],
])('a secret in the middle of other text is found in it as %s', (_, encode) => {
  fc.assert(
    fc.property(around, ([before, after]) => {
      // Half of a surrogate pair has no URL form.
      const text = `${before.toWellFormed()}${SECRET}${after.toWellFormed()}`;
      expect(placesOf([SECRET], [{ place: 'here', text: encode(text) }])).toEqual(['here']);
    }),
  );
});

test('another secret is not found, and no form is so short that it would be by chance', () => {
  expect(placesOf([SECRET], [{ place: 'here', text: forms(canary(new Random(2))).join('\n') }])).toEqual([]);
  for (const form of forms(SECRET)) expect(form.length).toBeGreaterThan(30);
});
