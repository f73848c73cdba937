import { matchesFilter } from '../../rehearsal/filter-pattern';

const line = (fields: object) => JSON.stringify(fields);

test.each([
  ['{ $.status = "403" }', { status: '403' }, true],
  ['{ $.status = "403" }', { status: '200' }, false],
  ['{ ($.a = "x") && ($.status != "2*") }', { a: 'x', status: '502' }, true],
  ['{ ($.a = "x") && ($.status != "2*") }', { a: 'x', status: '204' }, false],
  ['{ ($.a = "x") || ($.a = "y") && ($.b = "z") }', { a: 'x' }, true],
  ['{ (($.a = "x") || ($.a = "y")) && ($.b = "z") }', { a: 'x' }, false],
  ['{ $.path = "*/webhooks" }', { path: '/v1/webhooks' }, true],
  ['{ $.cardNumbers > 0 }', { cardNumbers: 2 }, true],
  ['{ $.cardNumbers > 0 }', { other: 2 }, false],
  // A field that is not there matches nothing, not even "is not".
  ['{ $.status != "200" }', { other: 1 }, false],
])('%s on %j: %s', (pattern, fields, expected) => {
  expect(matchesFilter(pattern, line(fields))).toBe(expected);
});

test('terms: all plain ones, and one of the optional ones', () => {
  expect(matchesFilter('ErrRateLimited', 'PayCA said ErrRateLimited')).toBe(true);
  expect(matchesFilter('"Task timed out" ?WARN', 'INFO Task timed out')).toBe(false);
  expect(matchesFilter('?WARN ?ERROR', 'an ERROR')).toBe(true);
});

test('a JSON pattern matches no line that is not JSON, and an unknown pattern is refused', () => {
  expect(matchesFilter('{ $.a != "1" }', 'plain text')).toBe(false);
  expect(() => matchesFilter('{ $.a ~ "1" }', '{}')).toThrow('is not understood');
});
