import type { Evidence } from '../../lambda/payca/evidence-chain';
import { fields } from '../../lambda/payca/json';
import type { StageConfig } from '../config/schema';
import type { FoundLine, ReadinessInputs } from './readiness';
import type { SignOffs } from './sign-offs';

/** Its records are of no line of the runbook, but of all. */
export const READINESS = 'readiness';

/** What counts of what is there. */
export function readinessInputs({
  config,
  signOffs,
  evidence,
  standing,
  supportVersion,
  at,
}: {
  readonly config: StageConfig;
  readonly signOffs: SignOffs;
  readonly evidence: Pick<Evidence, 'records' | 'problems'>;
  /** What the deployed stacks show by being there. */
  readonly standing: readonly FoundLine[];
  /** Of the support pack, as it would be made now. */
  readonly supportVersion: string;
  /** When it is asked, ISO 8601 in UTC. */
  readonly at: string;
}): ReadinessInputs {
  const recorded = new Map(
    evidence.records.map(({ key, record: { line, verdict, time, actor, details } }): [string, FoundLine] => [
      line,
      { line, verdict, at: time, by: actor, record: key, says: wordsOf(details.says) },
    ]),
  );
  const lines = signOffs.lines.map(({ id, text, owner, kind, optional, decides }) => ({
    id,
    text,
    owner,
    kind,
    optional,
    decides,
  }));
  return {
    stage: config.stage,
    at,
    lines,
    signOffs: signOffs.signOffs,
    supportVersion,
    found: [...standing, ...recorded.values()].filter(({ line }) => lines.some(({ id }) => id === line)),
    evidenceProblems: evidence.problems.map(({ key, problem }) => `${key} ${problem}`),
    remarks: isTimed(config)
      ? []
      : ['no timed escalation: no channel passes a page on when nobody answers (escalation.channels has no PagerDuty)'],
  };
}

function wordsOf(says: unknown): string | undefined {
  return typeof says === 'string' ? says : undefined;
}

function isTimed({ escalation }: StageConfig): boolean {
  return escalation.channels.some(({ kind, severities }) => kind === 'pagerduty' && severities.includes('page'));
}

/** The inputs that a record keeps in its details; `undefined` when it keeps none. */
export function storedInputs(details: unknown): ReadinessInputs | undefined {
  const { inputs } = fields(details);
  const { lines, found } = fields(inputs);
  return Array.isArray(lines) && Array.isArray(found) ? (inputs as ReadinessInputs) : undefined;
}

/** What the stacks showed when a readiness was recorded last, with that record. */
export function recordedStanding({ records }: Pick<Evidence, 'records'>): FoundLine[] {
  const newest = records.findLast(({ record }) => record.line === READINESS);
  const found = storedInputs(newest?.record.details)?.found ?? [];
  return found.filter(({ record }) => record === undefined).map((one) => ({ ...one, record: newest?.key }));
}
