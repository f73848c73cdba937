import { createHash } from 'node:crypto';
import type { StepResult } from './launch';

/** A value of a stage's config or code by its place: `webhook.domainName`, `webhook.allowList.ipv4[0]`, `code.receive-webhook`. */
export type Leaf = readonly [path: string, value: string | number | boolean | null];

/** Code is compared, and is not of the config. */
export function isConfig([path]: Leaf): boolean {
  return !path.startsWith('code.');
}

/** SHA-256 in hex of leaves in whatever order. */
export function digestOf(leaves: readonly Leaf[]): string {
  const sorted = leaves.map((leaf) => JSON.stringify(leaf)).sort();
  return createHash('sha256').update(sorted.join('\n')).digest('hex');
}

export interface Difference {
  readonly path: string;
  readonly ours: Leaf[1] | undefined;
  readonly theirs: Leaf[1] | undefined;
}

export interface Comparison {
  readonly declared: readonly Difference[];
  readonly undeclared: readonly Difference[];
}

/** Compares two exported stages. `expected` are places that differ on purpose, with everything below them. */
export function compare(ours: readonly Leaf[], theirs: readonly Leaf[], expected: readonly string[]): Comparison {
  const [one, other] = [new Map(ours), new Map(theirs)];
  const differences = [...new Set([...one.keys(), ...other.keys()])]
    .sort()
    .filter((path) => one.get(path) !== other.get(path))
    .map((path) => ({ path, ours: one.get(path), theirs: other.get(path) }));
  const isDeclared = ({ path }: Difference) => expected.some((place) => isAtOrBelow(path, place));
  return {
    declared: differences.filter(isDeclared),
    undeclared: differences.filter((difference) => !isDeclared(difference)),
  };
}

function isAtOrBelow(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`);
}

/** What the comparison says about the runbook's line 8.1. */
export function comparisonResult({ declared, undeclared }: Comparison, compared: number): StepResult {
  const names = undeclared.map(({ path }) => path);
  return {
    verdict: undeclared.length === 0 ? 'pass' : 'fail',
    says:
      undeclared.length === 0
        ? `${compared} values compared; ${declared.length} differ as declared`
        : `${undeclared.length} differ and are not declared in launch.expectedDifferences: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ' ...' : ''}`,
    details: { compared, undeclared, declared: declared.map(({ path }) => path) },
  };
}
