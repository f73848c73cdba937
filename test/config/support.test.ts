import { ConfigError } from '../../lib/config/problems';
import { parseStages } from '../../lib/config/schema';
import { change } from './stage';

const REASON = {
  reason: '51',
  means: 'Not enough money',
  say: 'Please check the balance.',
  do: 'Look at the balance.',
};

function messages(support: unknown): readonly string[] {
  try {
    parseStages([change({ support })]);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, must, found }) => `${path} ${must}, got: ${found}`);
  }
}

test.each([
  [undefined],
  [{}],
  [{ company: 'Müller & Söhne', card: 'Card+', contact: '+49 30 123456', statusPage: 'status.acme-pay.eu' }],
  [{ declineReasons: [REASON, { ...REASON, reason: 'do_not_honor' }] }],
])('%j is taken', (support) => {
  expect(messages(support)).toEqual([]);
});

test.each<[string, unknown, string]>([
  [
    'a name that an SMS does not hold',
    { company: 'A very long name of a company' },
    'support.company must be a name of 2 to 20 characters that an SMS knows, without brackets and the like, got: A very long name of a company',
  ],
  [
    'a brace in a name',
    { card: '{{card}}' },
    'support.card must be a name of 2 to 20 characters that an SMS knows, without brackets and the like, got: {{card}}',
  ],
  [
    'a reason twice',
    { declineReasons: [REASON, REASON] },
    'support.declineReasons[1].reason must be given once, got: "51" again',
  ],
  [
    'a reason without words for the customer',
    { declineReasons: [{ ...REASON, say: '' }] },
    'support.declineReasons[0].say must be a text of 3 to 300 characters on one line, got: ""',
  ],
  [
    'an unknown key',
    { phone: '1' },
    'support must have no other keys than company, card, contact, statusPage, declineReasons, got: phone',
  ],
])('%s is refused', (_, support, message) => {
  expect(messages(support)).toEqual([message]);
});
