import type { State } from '../evaluation/alarm-state';

/** The rule of a composite alarm, taken apart. */
export type AlarmRule =
  | { readonly kind: 'constant'; readonly value: boolean }
  | { readonly kind: 'state'; readonly state: State; readonly alarm: string }
  | { readonly kind: 'not'; readonly operand: AlarmRule }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly AlarmRule[] };

const TOKEN = /\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|([^\s()"]+))\s*\)|([A-Za-z_]+)|(.))/gsy;

/**
 * Reads a rule such as `ALARM("a") AND NOT (OK(b) OR TRUE)`. Alarms are named by name or ARN. The documentation does not
 * say whether AND or OR binds first, so mixing them without parentheses is an error, as is a function not known here.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 */
export function parseAlarmRule(text: string): AlarmRule {
  const tokens = [...text.trim().matchAll(TOKEN)];
  let position = 0;
  const word = () => (tokens[position]?.[4] ?? tokens[position]?.[5])?.toUpperCase();
  const take = (wanted: string) => {
    if (word() !== wanted) return false;
    position += 1;
    return true;
  };
  const fail = (what: string) => {
    const place = tokens[position]?.[0].trim();
    return new Error(`${what} ${place ? `at "${place}"` : 'at the end'} in the alarm rule ${text}`);
  };

  function operand(): AlarmRule {
    if (take('NOT')) return { kind: 'not', operand: operand() };
    if (take('(')) {
      const inner = operands();
      if (!take(')')) throw fail('expected )');
      return inner;
    }
    if (take('TRUE')) return { kind: 'constant', value: true };
    if (take('FALSE')) return { kind: 'constant', value: false };
    const [, state, quoted, bare] = tokens[position] ?? [];
    if (!state) throw fail('expected ALARM(...), OK(...), INSUFFICIENT_DATA(...), TRUE, FALSE, NOT or (');
    position += 1;
    return { kind: 'state', state: state as State, alarm: nameOfAlarm(quoted ?? bare ?? '') };
  }

  function operands(): AlarmRule {
    const first = operand();
    const kind = word();
    if (kind !== 'AND' && kind !== 'OR') return first;
    const all = [first];
    while (take(kind)) all.push(operand());
    if (word() === 'AND' || word() === 'OR') throw fail('AND and OR need parentheses between them');
    return { kind: kind === 'AND' ? 'and' : 'or', operands: all };
  }

  const rule = operands();
  if (position < tokens.length) throw fail('expected AND or OR');
  return rule;
}

/** The name of an alarm that is given by its name or its ARN. */
export function nameOfAlarm(nameOrArn: string): string {
  return nameOrArn.replace(/^arn:[^:]+:cloudwatch:[^:]*:[^:]*:alarm:/, '');
}

/** Whether a rule holds; `undefined` where that depends on an alarm whose state `stateOf` does not tell. */
export function ruleHolds(rule: AlarmRule, stateOf: (alarm: string) => State | undefined): boolean | undefined {
  if (rule.kind === 'constant') return rule.value;
  if (rule.kind === 'state') {
    const state = stateOf(rule.alarm);
    return state === undefined ? undefined : state === rule.state;
  }
  if (rule.kind === 'not') {
    const holds = ruleHolds(rule.operand, stateOf);
    return holds === undefined ? undefined : !holds;
  }
  // One false decides an AND, one true an OR.
  const decisive = rule.kind === 'or';
  const all = rule.operands.map((operand) => ruleHolds(operand, stateOf));
  if (all.includes(decisive)) return decisive;
  return all.includes(undefined) ? undefined : !decisive;
}

/** Names of the alarms that a rule looks at. */
export function alarmsIn(rule: AlarmRule): string[] {
  if (rule.kind === 'state') return [rule.alarm];
  if (rule.kind === 'not') return alarmsIn(rule.operand);
  return rule.kind === 'constant' ? [] : rule.operands.flatMap(alarmsIn);
}
