/** A metric math expression, taken apart. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  /** A metric or another expression. */
  | { readonly kind: 'id'; readonly id: string }
  /** An option of a function: `REPEAT`. */
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'minus'; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: Operator; readonly left: Expression; readonly right: Expression };

export type Operator = '+' | '-' | '*' | '/' | '^' | '==' | '!=' | '<=' | '>=' | '<' | '>' | 'AND' | 'OR';

/** An expression that CloudWatch would refuse, or that this reading of its documentation does not know. */
export class MetricMathError extends Error {
  override readonly name = 'MetricMathError';
}

const TOKEN = /\s*(?:(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|([A-Za-z]\w*)|"([^"]*)"|'([^']*)'|(==|!=|<=|>=|&&|\|\||.))/gy;
/** How tightly the operators bind, loosest first; operators of one level bind from the left, `^` from the right. */
const LEVELS: readonly (readonly Operator[])[] = [
  ['OR', 'AND'],
  ['==', '!=', '<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/'],
  ['^'],
];
const SPELLINGS: Readonly<Record<string, Operator>> = { '&&': 'AND', '||': 'OR' };

interface Token {
  readonly kind: 'number' | 'name' | 'text' | 'sign';
  readonly value: string;
  readonly at: number;
}

/**
 * Reads an expression as CloudWatch writes it; throws a `MetricMathError` that quotes the place.
 * The documentation does not say whether AND or OR binds first, so mixing them without parentheses is an error.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export function parseMetricMath(text: string): Expression {
  return new Parser(text).parse();
}

class Parser {
  private readonly tokens: readonly Token[];
  private position = 0;

  constructor(private readonly text: string) {
    this.tokens = [...text.trimEnd().matchAll(TOKEN)].map((match) => {
      const [all, number, name, double, single, sign] = match;
      const quoted = double ?? single;
      const kind =
        number !== undefined ? 'number' : name !== undefined ? 'name' : quoted !== undefined ? 'text' : 'sign';
      return {
        kind,
        value: number ?? name ?? quoted ?? sign ?? '',
        at: match.index + all.length - all.trimStart().length,
      };
    });
  }

  parse(): Expression {
    const expression = this.level(0);
    if (this.peek()) throw this.error('expected an operator');
    return expression;
  }

  private level(index: number): Expression {
    const operators = LEVELS[index];
    if (!operators) return this.minus();
    let left = this.level(index + 1);
    let before: Operator | undefined;
    for (let operator = this.operator(operators); operator; operator = this.operator(operators)) {
      if (index === 0 && before && before !== operator) throw this.error('AND and OR need parentheses between them');
      if (index === 1 && before) throw this.error('comparisons cannot be chained');
      this.position += 1;
      const right = operator === '^' ? this.level(index) : this.level(index + 1);
      left = { kind: 'binary', operator, left, right };
      before = operator;
    }
    return left;
  }

  private operator(of: readonly Operator[]): Operator | undefined {
    const token = this.peek();
    if (!token || token.kind === 'text' || token.kind === 'number') return undefined;
    const operator = SPELLINGS[token.value] ?? token.value;
    return of.find((known) => known === operator);
  }

  private minus(): Expression {
    if (!this.take('-')) return this.operand();
    // A minus sign binds less than a power and more than a product: -2^2 is -(2^2).
    return { kind: 'minus', operand: this.level(LEVELS.length - 1) };
  }

  private operand(): Expression {
    const token = this.peek();
    if (!token) throw this.error('expected a value');
    if (this.take('(')) return this.closed(this.level(0), ')');
    if (this.take('[')) return { kind: 'list', items: this.list(']') };
    this.position += 1;
    if (token.kind === 'number') return { kind: 'number', value: Number(token.value) };
    if (token.kind === 'text') return { kind: 'text', value: token.value };
    if (token.kind !== 'name' || token.value === 'AND' || token.value === 'OR') {
      this.position -= 1;
      throw this.error('expected a value');
    }
    if (this.take('(')) return { kind: 'call', name: token.value, args: this.list(')') };
    return /^[a-z]/.test(token.value) ? { kind: 'id', id: token.value } : { kind: 'word', word: token.value };
  }

  private list(end: string): Expression[] {
    const items: Expression[] = [];
    if (this.take(end)) return items;
    do items.push(this.level(0));
    while (this.take(','));
    return this.closed(items, end);
  }

  private closed<T>(value: T, end: string): T {
    if (!this.take(end)) throw this.error(`expected ${end}`);
    return value;
  }

  private peek(): Token | undefined {
    return this.tokens[this.position];
  }

  private take(sign: string): boolean {
    const token = this.peek();
    if (token?.kind !== 'sign' || token.value !== sign) return false;
    this.position += 1;
    return true;
  }

  private error(what: string): MetricMathError {
    const token = this.peek();
    const place = token ? `at "${this.text.slice(token.at, token.at + 20)}"` : 'at the end';
    return new MetricMathError(`${what} ${place} in ${this.text}`);
  }
}

/** Ids that an expression names itself, not through others. */
export function idsIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'id':
      return [expression.id];
    case 'call':
      return expression.args.flatMap(idsIn);
    case 'list':
      return expression.items.flatMap(idsIn);
    case 'minus':
      return idsIn(expression.operand);
    case 'binary':
      return [expression.left, expression.right].flatMap(idsIn);
    default:
      return [];
  }
}
