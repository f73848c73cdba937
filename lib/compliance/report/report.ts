import type { CfnResource } from 'aws-cdk-lib';
import { acknowledgedIds } from '../acknowledge';
import type { Exception } from '../exceptions';
import type { Observation } from '../observation';
import { registerProblems } from '../register';
import type { Attestation } from './attestations';
import { controlIds, FRAMEWORKS } from './frameworks';
import type { Provenance } from './provenance';
import type { RetentionRow } from './retention';

export const VERDICTS = ['error', 'non-compliant', 'acknowledged', 'compliant', 'not applicable'] as const;
export type Verdict = (typeof VERDICTS)[number];
export type Counts = Readonly<Record<Verdict, number>>;

/** A pack that ran, whether it found something or not. */
export interface PackSummary {
  readonly pack: string;
  readonly framework: string;
  readonly version: string;
  /** `every result`: each rule on each resource. `findings`: the tool tells only what it found. */
  readonly records: 'every result' | 'findings';
  /** Absent where the tool does not tell which rules it ran. */
  readonly rules?: number;
  readonly counts: Counts;
  readonly clean: boolean;
}

export interface ReportedRule {
  readonly id: string;
  readonly pack: string;
  readonly severity: 'error' | 'warning';
  readonly summary: string;
  readonly explanation: string;
  /** Ids of the framework's controls; the rule's own id where the framework has none. */
  readonly controls: readonly string[];
}

export interface ReportedResource {
  readonly path: string;
  readonly type: string;
  readonly logicalId: string;
  /** File of the stack's template in the cloud assembly. */
  readonly template: string;
}

export interface ReportedException {
  readonly id: string;
  readonly rules: readonly string[];
  readonly resourceType: string;
  readonly reason: string;
  readonly owner: string;
  readonly granted: string;
  readonly expires: string;
  readonly state: 'in force' | 'expires soon' | 'expired' | 'matches nothing' | 'not judged';
  /** Construct paths where it acknowledges a finding. */
  readonly resources: readonly string[];
}

export interface Result {
  readonly rule: string;
  /** Construct path. */
  readonly resource: string;
  readonly verdict: Verdict;
  readonly finding?: string;
  /** The exception that acknowledges it. */
  readonly exception?: string;
}

export interface Report extends Provenance {
  /** The day it is judged for, YYYY-MM-DD. */
  readonly asOf: string;
  readonly verdict: 'pass' | 'fail';
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly packs: readonly PackSummary[];
  readonly exceptions: readonly ReportedException[];
  readonly retention: readonly RetentionRow[];
  readonly attestations: readonly Attestation[];
  readonly rules: readonly ReportedRule[];
  readonly resources: readonly ReportedResource[];
  readonly results: readonly Result[];
}

export interface PackRun {
  readonly pack: string;
  readonly version: string;
  readonly records: PackSummary['records'];
  /** Rules that ran, where a tool that records findings tells; of the others all are observed. */
  readonly rules?: number;
}

export interface ReportInput {
  readonly asOf: string;
  readonly packs: readonly PackRun[];
  readonly observations: readonly Observation[];
  readonly exceptions: readonly Exception[];
  readonly resources: readonly CfnResource[];
  readonly retention: readonly RetentionRow[];
  readonly attestations: readonly Attestation[];
  readonly provenance: Provenance;
}

const DAYS_AHEAD = 30;

/** Judges what the packs said against the register of exceptions, on a day. */
export function makeReport(input: ReportInput): Report {
  const register = expand(input.exceptions, input.resources);
  const results = input.observations.map((observation) => judge(observation, register)).sort(byRuleAndResource);
  const rules = uniqueBy(input.observations.map(reportedRule), ({ id }) => id).sort((a, b) => compare(a.id, b.id));
  const exceptions = input.exceptions.map((exception, index) => reportException(exception, index, results, input));
  const problems = [
    ...registerProblems(input.exceptions),
    ...resultProblems(results),
    ...exceptions.flatMap(problemOf),
    ...input.retention.flatMap(retentionProblem),
  ];
  return {
    ...input.provenance,
    asOf: input.asOf,
    verdict: problems.length > 0 ? 'fail' : 'pass',
    problems,
    warnings: exceptions.flatMap(warningOf),
    packs: input.packs.map((run) => summarise(run, rules, results)),
    exceptions,
    retention: input.retention,
    attestations: input.attestations,
    rules,
    resources: input.resources.map(reportedResource).sort((a, b) => compare(a.path, b.path)),
    results,
  };
}

/** Counts of each verdict. */
export function count(results: readonly Result[]): Counts {
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  for (const { verdict } of results) counts[verdict] += 1;
  return counts;
}

/** Id of an exception by `Pack-Rule[Finding]` and construct path: the register, written out. */
type Register = ReadonlyMap<string, string>;

const exceptionId = (index: number) => `E${String(index + 1).padStart(2, '0')}`;
const place = (rule: string, path: string) => `${rule} ${path}`;

function expand(exceptions: readonly Exception[], resources: readonly CfnResource[]): Register {
  return new Map(
    exceptions.flatMap((exception, index) =>
      resources.flatMap((resource) =>
        acknowledgedIds(exception, resource).map(
          (id) => [place(id.slice(id.indexOf('::') + 2), resource.node.path), exceptionId(index)] as const,
        ),
      ),
    ),
  );
}

/** A rule that threw is never acknowledged: nobody knows what it would have said. */
function judge({ rule, outcome, finding, resource }: Observation, register: Register): Result {
  const path = resource.node.path;
  const result = { rule, resource: path, verdict: outcome, ...(finding === undefined ? {} : { finding }) };
  if (outcome !== 'non-compliant') return result;
  const exception = register.get(place(finding === undefined ? rule : `${rule}[${finding}]`, path));
  return exception ? { ...result, verdict: 'acknowledged', exception } : result;
}

function reportException(
  { rules, resourceType, option, reason, owner, granted, expires }: Exception,
  index: number,
  results: readonly Result[],
  { asOf, packs }: ReportInput,
): ReportedException {
  const id = exceptionId(index);
  const matched = results.filter(({ exception }) => exception === id);
  const named = typeof rules === 'function' ? [] : rules;
  const found = [
    ...new Set(matched.map(({ rule, finding }) => (finding === undefined ? rule : `${rule}[${finding}]`))),
  ];
  const ran = (rule: string) => packs.some(({ pack }) => rule.startsWith(`${pack}-`));
  const idle = named.length > 0 ? named.filter((rule) => ran(rule) && !found.includes(rule)) : [];
  const notJudged = (named.length > 0 && !named.some(ran)) || (option !== undefined && matched.length === 0);
  const matchesNothing = !notJudged && (idle.length > 0 || matched.length === 0);
  return {
    id,
    rules: named.length > 0 ? named : found,
    resourceType,
    reason,
    owner,
    granted,
    expires,
    state: stateOf(age(expires, asOf), matchesNothing, notJudged),
    resources: [...new Set(matched.map(({ resource }) => resource))].sort(compare),
  };
}

/** What its owner must act on first: also an exception that nothing was found for today has to be decided again. */
function stateOf(
  aged: ReturnType<typeof age>,
  matchesNothing: boolean,
  notJudged: boolean,
): ReportedException['state'] {
  if (aged === 'expired') return aged;
  if (matchesNothing) return 'matches nothing';
  return notJudged && aged === 'in force' ? 'not judged' : aged;
}

function age(expires: string, asOf: string): 'in force' | 'expires soon' | 'expired' {
  if (expires < asOf) return 'expired';
  const days = (Date.parse(expires) - Date.parse(asOf)) / 86_400_000;
  return days <= DAYS_AHEAD ? 'expires soon' : 'in force';
}

function problemOf({ id, state, rules, resourceType, owner, expires }: ReportedException): string[] {
  if (state === 'expired') return [`exception ${id} expired on ${expires}; its owner is ${owner}: ${rules.join(', ')}`];
  if (state !== 'matches nothing') return [];
  return [
    `exception ${id} names what no rule finds any more: ${rules.join(', ') || 'computed rules'} on ${resourceType}`,
  ];
}

function warningOf({ id, state, owner, expires }: ReportedException): string[] {
  return state === 'expires soon' ? [`exception ${id} expires on ${expires}; its owner is ${owner}`] : [];
}

function retentionProblem({ kind, store, planDays, templateDays, agrees }: RetentionRow): string[] {
  if (agrees) return [];
  if (kind === 'none') return [`${store} holds data that the retention plan does not name`];
  const written = (days: number | undefined) => (days === undefined ? 'without an end' : `for ${days} days`);
  return [`${store} keeps ${kind} ${written(templateDays)}, the plan is ${written(planDays)}`];
}

function resultProblems(results: readonly Result[]): string[] {
  return results.flatMap(({ rule, resource, verdict, finding }) => {
    const what = finding === undefined ? rule : `${rule}[${finding}]`;
    if (verdict === 'error') return [`${rule} threw at ${resource}: ${finding}`];
    return verdict === 'non-compliant' ? [`${what} at ${resource} is not acknowledged`] : [];
  });
}

function reportedRule({ rule, pack, severity, summary, explanation }: Observation): ReportedRule {
  const { text, controls } = controlIds(summary);
  return {
    id: rule,
    pack,
    severity,
    summary: text,
    explanation,
    controls: controls.length > 0 ? controls : [rule.slice(pack.length + 1)],
  };
}

function reportedResource(resource: CfnResource): ReportedResource {
  const { stack } = resource;
  return {
    path: resource.node.path,
    type: resource.cfnResourceType,
    logicalId: String(stack.resolve(resource.logicalId)),
    template: stack.templateFile,
  };
}

function summarise(run: PackRun, rules: readonly ReportedRule[], results: readonly Result[]): PackSummary {
  const own = rules.filter(({ pack }) => pack === run.pack);
  const ids = new Set(own.map(({ id }) => id));
  const counts = count(results.filter(({ rule }) => ids.has(rule)));
  return {
    pack: run.pack,
    framework: FRAMEWORKS[run.pack] ?? run.pack,
    version: run.version,
    records: run.records,
    rules: run.records === 'findings' ? run.rules : own.length,
    counts,
    clean: counts['non-compliant'] + counts.error === 0,
  };
}

function byRuleAndResource(a: Result, b: Result): number {
  return compare(a.rule, b.rule) || compare(a.resource, b.resource) || compare(a.finding ?? '', b.finding ?? '');
}

/** By code points: the same on every machine, whatever its language. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
