/**
 * Whether a log line matches a filter pattern, in the part of CloudWatch Logs' language that is used here: JSON patterns
 * of comparisons, and terms. Throws for what it does not know.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function matchesFilter(pattern: string, line: string): boolean {
  const text = pattern.trim();
  if (!text.startsWith('{')) return matchesTerms(text, line);
  const tokens = [...text.slice(1, -1).matchAll(TOKEN)].map(([token]) => token);
  if (!text.endsWith('}') || tokens.join('') !== text.slice(1, -1).replace(OUTSIDE_QUOTES, '')) {
    throw new Error(`filter pattern ${pattern} is not understood`);
  }
  const condition = new Conditions(tokens, pattern);
  const fields = json(line);
  return condition.whole(fields) && fields !== undefined;
}

const TOKEN = /"[^"]*"|&&|\|\||[()]|!=|>=|<=|[=<>]|[^\s()"=!<>&|]+/g;
const OUTSIDE_QUOTES = /\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/g;

/** A conjunction binds more closely than a disjunction. */
class Conditions {
  private at = 0;

  constructor(
    private readonly tokens: readonly string[],
    private readonly pattern: string,
  ) {}

  whole(fields: unknown): boolean {
    const holds = this.any(fields);
    if (this.at < this.tokens.length) throw this.unexpected();
    return holds;
  }

  private any(fields: unknown): boolean {
    let holds = this.all(fields);
    while (this.take('||')) holds = this.all(fields) || holds;
    return holds;
  }

  private all(fields: unknown): boolean {
    let holds = this.one(fields);
    while (this.take('&&')) holds = this.one(fields) && holds;
    return holds;
  }

  private one(fields: unknown): boolean {
    if (this.take('(')) {
      const holds = this.any(fields);
      if (!this.take(')')) throw this.unexpected();
      return holds;
    }
    const [selector = '', operator = '', expected = ''] = this.tokens.slice(this.at, this.at + 3);
    const judge = OPERATORS[operator];
    if (!selector.startsWith('$.') || !judge || /^[()&|]/.test(expected)) throw this.unexpected();
    this.at += 3;
    const value = selector
      .slice(2)
      .split('.')
      .reduce<unknown>((of, key) => (Object(of) === of ? Reflect.get(Object(of), key) : undefined), fields);
    return value !== undefined && value !== null && judge(value, expected);
  }

  private take(token: string): boolean {
    if (this.tokens[this.at] !== token) return false;
    this.at += 1;
    return true;
  }

  private unexpected(): Error {
    return new Error(`filter pattern ${this.pattern} is not understood at ${this.tokens[this.at] ?? 'its end'}`);
  }
}

const OPERATORS: Readonly<Record<string, (value: unknown, expected: string) => boolean>> = {
  '=': equals,
  '!=': (value, expected) => !equals(value, expected),
  '>': (value, expected) => typeof value === 'number' && value > Number(expected),
  '>=': (value, expected) => typeof value === 'number' && value >= Number(expected),
  '<': (value, expected) => typeof value === 'number' && value < Number(expected),
  '<=': (value, expected) => typeof value === 'number' && value <= Number(expected),
};

function equals(value: unknown, expected: string): boolean {
  const parts = expected.replace(/^"(.*)"$/, '$1').split('*');
  const source = parts.map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*');
  return new RegExp(`^${source}$`, 's').test(String(value));
}

/** All plain terms, none that is marked with a minus, and one of those with a question mark if there are any. */
function matchesTerms(pattern: string, line: string): boolean {
  const terms = pattern.match(/[?-]?("[^"]*"|[^\s"]+)/g) ?? [];
  const word = (term: string) => term.replace(/^[?-]/, '').replace(/^"(.*)"$/, '$1');
  const optional = terms.filter((term) => term.startsWith('?'));
  return (
    terms.every((term) => optional.includes(term) || line.includes(word(term)) !== term.startsWith('-')) &&
    (optional.length === 0 || optional.some((term) => line.includes(word(term))))
  );
}

function json(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
