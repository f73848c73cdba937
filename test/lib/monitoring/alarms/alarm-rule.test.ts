import fc from 'fast-check';
import { type AlarmRule, alarmsIn, parseAlarmRule, ruleHolds } from '../../../../lib/monitoring/alarms/alarm-rule';
import type { State } from '../../../../lib/monitoring/evaluation/alarm-state';

const states: Record<string, State> = { a: 'ALARM', b: 'OK', 'c d': 'INSUFFICIENT_DATA' };
const holds = (text: string) => ruleHolds(parseAlarmRule(text), (name) => states[name] ?? 'OK');

test.each<[string, boolean]>([
  ['ALARM(a)', true],
  ['ALARM("b")', false],
  ['OK(b) AND INSUFFICIENT_DATA("c d")', true],
  ['ALARM(b) OR ALARM(a)', true],
  ['NOT ALARM(a)', false],
  ['ALARM(a) AND NOT (ALARM(b) OR OK(a))', true],
  ['(ALARM(a) OR ALARM(b)) AND OK(b)', true],
  ['NOT NOT ALARM(a)', true],
  ['TRUE', true],
  ['FALSE OR ALARM(b)', false],
  ['((ALARM("arn:aws:cloudwatch:eu-central-1:123456789012:alarm:a")))', true],
  ['(ALARM("a") AND NOT (ALARM("b")))', true],
])('%s: %s', (text, expected) => {
  expect(holds(text)).toBe(expected);
});

test.each<[string, boolean | undefined]>([
  ['ALARM(x)', undefined],
  ['NOT OK(x)', undefined],
  ['ALARM(x) AND ALARM(b)', false],
  ['ALARM(x) AND ALARM(a)', undefined],
  ['ALARM(x) OR ALARM(a)', true],
  ['ALARM(x) OR ALARM(b)', undefined],
])('where the state of x is not known, %s is %s', (text, expected) => {
  expect(ruleHolds(parseAlarmRule(text), (name) => states[name])).toBe(expected);
});

test.each<[string, string]>([
  ['', 'expected ALARM(...), OK(...), INSUFFICIENT_DATA(...), TRUE, FALSE, NOT or ( at the end'],
  ['ALARM(a) ALARM(b)', 'expected AND or OR at "ALARM(b)"'],
  ['(ALARM(a)', 'expected ) at the end'],
  ['ALARM(a) AND ALARM(b) OR OK(a)', 'AND and OR need parentheses between them at "OR"'],
  [
    'AT_LEAST(2, ALARM, (a, b))',
    'expected ALARM(...), OK(...), INSUFFICIENT_DATA(...), TRUE, FALSE, NOT or ( at "AT_LEAST"',
  ],
])('%s does not parse, and the error quotes the place', (text, message) => {
  expect(() => parseAlarmRule(text)).toThrow(new Error(`${message} in the alarm rule ${text}`));
});

test('names the alarms that it looks at', () => {
  expect(alarmsIn(parseAlarmRule('ALARM(a) AND NOT (OK(b) OR TRUE)'))).toEqual(['a', 'b']);
});

test('a rule that is written out and read again means the same', () => {
  const leaf = fc.record({
    kind: fc.constant('state' as const),
    state: fc.constantFrom<State>('OK', 'ALARM', 'INSUFFICIENT_DATA'),
    alarm: fc.constantFrom('a', 'b', 'c d'),
  });
  const { rule } = fc.letrec<{ rule: AlarmRule }>((tie) => ({
    rule: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.record({ kind: fc.constant('not' as const), operand: tie('rule') }),
      fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        operands: fc.array(tie('rule'), { minLength: 2, maxLength: 3 }),
      }),
    ),
  }));
  const written = (drawn: AlarmRule): string => {
    if (drawn.kind === 'state') return `${drawn.state}("${drawn.alarm}")`;
    if (drawn.kind === 'not') return `NOT (${written(drawn.operand)})`;
    if (drawn.kind === 'constant') return String(drawn.value);
    return `(${drawn.operands.map(written).join(` ${drawn.kind.toUpperCase()} `)})`;
  };
  fc.assert(fc.property(rule, (drawn) => expect(parseAlarmRule(written(drawn))).toEqual(drawn)));
});
