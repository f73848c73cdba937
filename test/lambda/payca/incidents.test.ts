import { type Incident, inOrder, nextId } from '../../../lambda/payca/incidents';

test.each([
  [[], 'INC-1'],
  [['INC-1', 'INC-9', 'INC-10'], 'INC-11'],
  [['something else'], 'INC-1'],
])('after %j comes %s', (ids, next) => {
  expect(nextId(ids)).toBe(next);
});

test('what began first comes first', () => {
  const incident = (id: string, at: string): Incident => ({
    id,
    at,
    alarms: [],
    links: [],
    entries: [{ at, by: 'jo', text: 'seen' }],
  });
  const late = incident('INC-1', '2026-12-01T10:00:00.000Z');
  const early = incident('INC-2', '2026-12-01T09:00:00.000Z');
  expect(inOrder([late, early])).toEqual([early, late]);
});
