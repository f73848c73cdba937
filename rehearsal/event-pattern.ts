import type { Json } from './template';

/**
 * Whether an EventBridge event pattern matches, as rules, archives and event source mappings use it:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 * An operator that the rehearsal does not know is an error, never a silent match.
 */
export function matchesPattern(pattern: Json, event: unknown): boolean {
  return Object.entries(pattern).every(([field, expected]) => {
    const value = typeof event === 'object' && event !== null ? (event as Json)[field] : undefined;
    if (Array.isArray(expected)) return expected.some((item) => matchesItem(item, value));
    return matchesPattern(expected as Json, value);
  });
}

function matchesItem(expected: unknown, value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => matchesItem(expected, item));
  if (typeof expected !== 'object' || expected === null) return expected === value;
  const [operator, argument] = Object.entries(expected)[0] ?? ['', undefined];
  if (operator === 'exists') return argument === (value !== undefined);
  if (operator === 'prefix') return typeof value === 'string' && value.startsWith(String(argument));
  if (operator === 'suffix') return typeof value === 'string' && value.endsWith(String(argument));
  if (operator === 'wildcard') return typeof value === 'string' && isWildcard(String(argument), value);
  if (operator === 'anything-but') {
    const excluded = Array.isArray(argument) ? argument : [argument];
    return value !== undefined && !excluded.some((item) => matchesItem(item, value));
  }
  throw new Error(`event pattern operator ${operator} is not known to the rehearsal`);
}

/** `*` stands for any number of characters. */
function isWildcard(pattern: string, value: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(value);
}

interface InputTransformer {
  readonly InputPathsMap?: Readonly<Record<string, string>>;
  readonly InputTemplate: string;
}

/** What a rule sends its target: the event, or the JSON template filled from it. */
export function transformed(event: Json, transformer: InputTransformer | undefined): string {
  if (!transformer) return JSON.stringify(event);
  if (!transformer.InputTemplate.startsWith('{')) throw new Error('the rehearsal knows input templates of JSON only');
  return transformer.InputTemplate.replace(/<([^>]+)>/g, (_, name: string) =>
    JSON.stringify(at(event, transformer.InputPathsMap?.[name] ?? name) ?? ''),
  );
}

function at(event: Json, path: string): unknown {
  const keys = path
    .replace(/^\$\.?/, '')
    .split('.')
    .filter(Boolean);
  return keys.reduce<unknown>((value, key) => (Object(value) === value ? (value as Json)[key] : undefined), event);
}
