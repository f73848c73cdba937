import { incidentLines, logLink, logText } from '../../cli/incident';
import type { Incident } from '../../lambda/payca/incidents';

const incident: Incident = {
  id: 'INC-2',
  at: '2026-12-01T09:40:00.000Z',
  alarms: [{ name: 'payca-production-webhook-failures-page', state: 'ALARM', since: '2026-12-01T09:39:00.000Z' }],
  links: ['https://tickets.example.com/OPS-7'],
  entries: [
    { at: '2026-12-01T09:45:00.000Z', by: 'jo', text: 'PayCA answers 503' },
    { at: '2026-12-01T10:10:00.000Z', by: 'sam', text: 'over' },
  ],
};

test('an incident is shown with its alarms, links and log', () => {
  expect(incidentLines(incident)).toEqual([
    'INC-2  began 2026-12-01 09:40 UTC, open',
    '  alarm payca-production-webhook-failures-page: ALARM since 2026-12-01 09:39 UTC',
    '  https://tickets.example.com/OPS-7',
    '  2026-12-01 09:45 UTC  jo: PayCA answers 503',
    '  2026-12-01 10:10 UTC  sam: over',
  ]);
  expect(incidentLines({ ...incident, resolved: '2026-12-01T10:10:00.000Z' })[0]).toContain(
    'resolved 2026-12-01 10:10',
  );
});

test('a text is kept as it was said', () => {
  expect(logText(' refunds of card ...4242 are late ')).toBe('refunds of card ...4242 are late');
});

test.each([
  ['', 'the text must have 1 to 2000 characters, found 0'],
  ['x'.repeat(2001), 'the text must have 1 to 2000 characters, found 2001'],
  ['declined: 4111 1111 1111 1111', 'the text holds a card number: leave that out'],
  ['ask jo@acme-pay.eu', 'the text holds an e-mail address: leave that out'],
  ['the customer at +44 1632 960001 waits', 'the text holds a telephone number: leave that out'],
  ['refund to GB00 BANK 0000 0000 0000 00', 'the text holds an account number: leave that out'],
])('a text that may not be kept is refused and not repeated', (text, message) => {
  expect(() => logText(text)).toThrow(new Error(message));
});

test('what only looks like a number of a person is kept', () => {
  const text =
    'PAY-1712: 4 of 1200 since 2026-12-01T09:10:00Z, reference ref-4711, request 0f8fad5b-d9cb-469f-a165-70867728950e';
  expect(logText(text)).toBe(text);
});

test('a link is kept, unless it holds what may not be kept', () => {
  expect(logLink('https://jira.acme-pay.eu/browse/PAY-17')).toBe('https://jira.acme-pay.eu/browse/PAY-17');
  expect(() => logLink('http://jira.acme-pay.eu')).toThrow('a link must begin with https://');
  expect(() => logLink('https://jo:word@jira.acme-pay.eu/')).toThrow(/^(?!.*word@).*no user or password$/);
  expect(() => logLink('https://desk.acme-pay.eu/?from=kim@home.eu')).toThrow(
    'a link holds an e-mail address: leave that out',
  );
});
