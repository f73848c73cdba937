import type { Verdict } from '../../lambda/payca/evidence';
import type { RunbookLine } from './lines';
import { outdated, type SignOff } from './sign-offs';

/** What was found about a line, by a record of evidence or by a look at what is deployed. */
export interface FoundLine {
  readonly line: string;
  readonly verdict: Verdict;
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly by: string;
  /** Key of the record; what is deployed has none. */
  readonly record?: string;
  readonly says?: string;
}

/** Everything that the answer depends on: the same inputs give the same answer. */
export interface ReadinessInputs {
  readonly stage: string;
  /** When it is asked, ISO 8601 in UTC. */
  readonly at: string;
  readonly lines: readonly Pick<RunbookLine, 'id' | 'text' | 'owner' | 'kind' | 'optional' | 'decides'>[];
  readonly signOffs: readonly SignOff[];
  /** Of the support pack, as it would be made now. */
  readonly supportVersion?: string;
  /** Of each line at most the newest. */
  readonly found: readonly FoundLine[];
  /** What is wrong with the evidence itself. */
  readonly evidenceProblems: readonly string[];
  /** What a reader has to know, such as an escalation that nobody times. */
  readonly remarks: readonly string[];
}

export type LineVerdict = Verdict | 'attested' | 'not supplied';

export interface ReadyLine {
  readonly id: string;
  readonly text: string;
  readonly owner: string;
  readonly verdict: LineVerdict;
  /** Whether the go waits for it. */
  readonly decides: boolean;
  /** Neither passed nor attested. */
  readonly open: boolean;
  readonly says: string;
  /** What it is judged by: the newest that was found, or else the signature. */
  readonly found?: FoundLine;
  readonly signOff?: SignOff;
}

export interface ReadinessAnswer {
  readonly decision: 'go' | 'no-go';
  readonly reasons: readonly string[];
  readonly remarks: readonly string[];
  readonly lines: readonly ReadyLine[];
}

/** Evidence that is older shows nothing about today. */
const MAX_AGE_DAYS = 30;
const DAY_MS = 24 * 60 * 60_000;
/** The timeline itself sees to these, and what comes after it. */
const ON_THE_DAY = /^[89]\./;
/** Compliance and risk: people sign it off. A program may find it wrong, and never marks it as done. */
const PEOPLE_ONLY = /^7\./;

/** Go or no-go, with the reasons: nothing is green that was not shown or attested. */
export function readiness(inputs: ReadinessInputs): ReadinessAnswer {
  const found = inputs.found.filter(({ line, verdict }) => !(PEOPLE_ONLY.test(line) && verdict === 'pass'));
  const lines = inputs.lines.map((line) => judge(line, { ...inputs, found }));
  const reasons = [
    ...inputs.evidenceProblems.map((problem) => `evidence: ${problem}`),
    ...lines
      .filter(({ decides, open }) => decides && open)
      .map(({ id, verdict, says }) => `${id}: ${verdict}, ${says}`),
  ];
  return { decision: reasons.length === 0 ? 'go' : 'no-go', reasons, remarks: inputs.remarks, lines };
}

function judge(line: ReadinessInputs['lines'][number], inputs: ReadinessInputs): ReadyLine {
  const judged = verdictOf(line, inputs);
  const open = judged.verdict !== 'pass' && judged.verdict !== 'attested';
  // An optional line stands in the way only when it was tried and failed.
  const waits = line.optional ? judged.verdict === 'fail' : true;
  const decides = (line.decides ?? !/^X\./.test(line.id)) && !ON_THE_DAY.test(line.id) && waits;
  return { id: line.id, text: line.text, owner: line.owner, decides, open, ...judged };
}

type Judged = Pick<ReadyLine, 'verdict' | 'says' | 'found' | 'signOff'>;

/** What a person signs counts for an attested line, or what was found; for the others only what was found. */
function verdictOf(
  { id, kind }: ReadinessInputs['lines'][number],
  { at, signOffs, supportVersion, found }: ReadinessInputs,
): Judged {
  const newest = found.find(({ line }) => line === id);
  const signOff = kind === 'attested' ? signOffs.find(({ line }) => line === id) : undefined;
  // A signature does not outvote a failure that came after it.
  const outvoted = newest?.verdict === 'fail' && signOff && isAfter(newest.at, signOff.at);
  if (signOff && !outvoted) return judgeSignOff(signOff, at, supportVersion);
  if (newest) return judgeFound(newest, at);
  if (kind === 'attested') return { verdict: 'not supplied', says: 'nobody has signed it off' };
  return { verdict: 'no-data', says: 'nothing was recorded' };
}

/** Times of people have no milliseconds, so that their texts do not compare. */
const isAfter = (one: string, other: string) => Date.parse(one) > Date.parse(other);

function judgeSignOff(signOff: SignOff, at: string, supportVersion: string | undefined): Judged {
  if (isAfter(signOff.at, at))
    return { verdict: 'not supplied', says: `signed off for ${signOff.at}, which is to come`, signOff };
  const old = outdated(signOff, supportVersion);
  if (old) return { verdict: 'not supplied', says: `by ${signOff.by} at ${signOff.at}, ${old}`, signOff };
  return { verdict: 'attested', says: `by ${signOff.by} at ${signOff.at}, ${signOff.link}`, signOff };
}

function judgeFound(found: FoundLine, at: string): Judged {
  const says = [found.says, `${found.at} by ${found.by}`, found.record].filter(Boolean).join(', ');
  const days = (Date.parse(at) - Date.parse(found.at)) / DAY_MS;
  if (days > MAX_AGE_DAYS)
    return { verdict: 'no-data', says: `${found.verdict} ${Math.floor(days)} days ago is too old: ${says}`, found };
  return { verdict: found.verdict, says, found };
}

/** The answer in plain lines, by owner; `owner` takes only his or hers. */
export function readinessLines({ decision, reasons, remarks, lines }: ReadinessAnswer, owner?: string): string[] {
  const owners = [...new Set(lines.map((line) => line.owner))].filter(
    (one) => owner === undefined || one.toLowerCase() === owner.toLowerCase(),
  );
  return [
    ...owners.flatMap((one) => [
      `${one}: ${lines.filter((line) => line.owner === one && line.open).length} open`,
      ...lines.filter((line) => line.owner === one).map(lineText),
      '',
    ]),
    ...remarks.map((remark) => `remark   ${remark}`),
    `decision ${decision}${reasons.length > 0 ? `: ${reasons.length} reasons` : ''}`,
    ...reasons.map((reason) => `         ${reason}`),
  ];
}

function lineText({ id, text, verdict, decides, says }: ReadyLine): string {
  return `  ${verdict.padEnd(12)} ${id.padEnd(4)} ${text}${decides ? '' : ' (does not decide)'}; ${says}`;
}
