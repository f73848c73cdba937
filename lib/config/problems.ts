/** One thing in a stage's config that is not as it must be. */
export interface Problem {
  readonly stage: string;
  /** Where, as written in the config: `webhook.allowList.ipv4[2]`; empty for the stage as a whole. */
  readonly path: string;
  /** What is allowed, beginning with `must`. */
  readonly must: string;
  /** What was found, in words fit for a log. */
  readonly found: string;
}

/** Something that is true of a valid config, and that somebody has to do something about. */
export interface Finding {
  readonly id: string;
  readonly severity: 'error' | 'warning';
  readonly stage: string;
  readonly path: string;
  readonly message: string;
}

/** The stages' config cannot be used; `problems` has every reason, not only the first. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(problemLine).join('\n'));
    this.name = 'ConfigError';
  }
}

/** `production.webhook.allowList.ipv4[2] must be a public IPv4 CIDR, got: 10.0.0.0/8 (private)`. */
export function problemLine(problem: Problem): string {
  const place = problem.path ? `${problem.stage}.${problem.path}` : problem.stage;
  return `${place} ${problem.must}, got: ${problem.found}`;
}

/** `['ipv4', 2]` as `ipv4[2]`; keys that are no plain words are quoted. */
export function writePath(keys: readonly PropertyKey[]): string {
  return keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    const name = String(key);
    if (!/^[A-Za-z_]\w*$/.test(name)) return `${path}[${JSON.stringify(name)}]`;
    return path ? `${path}.${name}` : name;
  }, '');
}

/** A value in words fit for a log: never a whole structure, never what may be a secret. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return describeText(value);
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  const keys = Object.keys(value);
  return keys.length === 0 ? 'an empty object' : `an object with ${keys.join(', ')}`;
}

const LONGEST_TEXT = 120;
/** PayCA's secrets look like UUIDs; others are long runs of base64 or hex, or AWS access keys. */
const SECRET_LOOKING = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9+/=-]{32,}|(AKIA|ASIA)[A-Z0-9]+)$/i;
/** Texts that would read like a number, a keyword or nothing at all are quoted. */
const NEEDS_QUOTES = /^$|^\s|\s$|^[-+\d.]+$|^(true|false|null|undefined|nothing)$/;

function describeText(text: string): string {
  if (text.includes('-----BEGIN')) return 'the text of a PEM file (not shown)';
  if (SECRET_LOOKING.test(text)) return `a text of ${text.length} characters that may be a secret (not shown)`;
  const safe = text.replace(/\/\/[^/]*@/, '//(not shown)@').replace(/\?.*$/s, '?(not shown)');
  const short = safe.length > LONGEST_TEXT ? `${safe.slice(0, LONGEST_TEXT)}... (${text.length} characters)` : safe;
  return NEEDS_QUOTES.test(short) ? JSON.stringify(short) : short;
}
