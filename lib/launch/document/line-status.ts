import type { RunbookLine } from '../../runbook/lines';
import { type FoundLine, type ReadinessAnswer, type ReadinessInputs, readiness } from '../../runbook/readiness';
import { readinessInputs, recordedStanding } from '../../runbook/readiness-inputs';
import type { LaunchFacts } from './facts';
import { type Inline, moment, type Text, verdictBadge, withCode } from './model';

/** The launch document exists and links the runbook; the dashboards are at hand, by its links and pictures. */
export const SHOWN_BY_DOCUMENT = ['A.1', 'A.2'];

/** A line of the runbook with what `golive readiness` says of it. */
export interface LineStatus {
  readonly line: RunbookLine;
  readonly ready: ReadinessAnswer['lines'][number];
}

type Known = Pick<LaunchFacts, 'config' | 'evidence' | 'signOffs' | 'supportVersion' | 'madeAt' | 'keptBy'>;

/** What the readiness is computed from: records and sign-offs alone; of the stacks what was recorded last. */
export function documentInputs({ madeAt: at, keptBy, ...known }: Known): ReadinessInputs {
  const itself = keptBy === undefined ? [] : SHOWN_BY_DOCUMENT.map((line) => shownByItself(line, keptBy, at));
  return readinessInputs({ ...known, standing: [...itself, ...recordedStanding(known.evidence)], at });
}

/** A document that is recorded in the moment after it was made cannot name its record. */
function shownByItself(line: string, by: string, at: string): FoundLine {
  return { line, verdict: 'pass', at, by, says: 'this document' };
}

/** Go or no-go when the document was made, and each line. */
export function lineStatuses(facts: Known): { readonly answer: ReadinessAnswer; readonly lines: LineStatus[] } {
  const answer = readiness(documentInputs(facts));
  const lines = facts.signOffs.lines.map((line, index) => ({
    line,
    ready: answer.lines[index] as LineStatus['ready'],
  }));
  return { answer, lines };
}

/** Name by which links lead to a line's row. */
export const lineAnchor = (id: string) => `line-${id.replace('.', '-')}`;

export const lineLink = (id: string): Inline => ({ link: `#${lineAnchor(id)}`, text: id });

/** The verdict, when it was found or signed, and what shows it. */
export function lineCells({
  line,
  ready: { verdict, says, found, signOff },
}: LineStatus): [status: Text, at: Text, by: Text] {
  const status = verdictBadge(verdict);
  if (signOff && verdict !== 'attested') return [status, moment(signOff.at), says];
  if (signOff) return [[status, ` by ${signOff.by}`], moment(signOff.at), { link: signOff.link, text: 'proof' }];
  if (!found) return [status, '', withCode(`missing: ${line.evidence}`)];
  const shown: Text = found.record ? { record: found.record } : (found.says ?? '');
  return [status, moment(found.at), shown];
}

/** Why a line is open. */
export function whyOpen({ ready: { verdict, says, found, signOff } }: LineStatus): Text {
  if (!found || signOff) return says;
  const isOld = verdict !== found.verdict;
  return [
    verdictBadge(verdict),
    isOld ? ` ${found.verdict} on ${moment(found.at)} is too old` : '',
    found.says ? ` ${found.says} ` : ' ',
    ...(found.record ? [{ record: found.record }] : []),
  ];
}
