import type { ChainedRecord } from '../../../lambda/payca/evidence-chain';
import type { RunbookLine } from '../../runbook/lines';
import { outdated, type SignOff } from '../../runbook/sign-offs';
import type { LaunchFacts } from './facts';

/** Where a line of the runbook stands: by its newest record, by who attests it, or by nothing. */
export interface LineStatus {
  readonly line: RunbookLine;
  readonly status: 'pass' | 'fail' | 'no-data' | 'attested' | 'missing';
  readonly record?: ChainedRecord;
  readonly signOff?: SignOff;
  /** Why the sign-off does not count, in words. */
  readonly outdated?: string;
}

export function lineStatuses({
  evidence,
  signOffs,
  supportVersion,
}: Pick<LaunchFacts, 'evidence' | 'signOffs' | 'supportVersion'>): LineStatus[] {
  return signOffs.lines.map((line) => {
    const record = evidence.records.findLast((one) => one.record.line === line.id);
    const signOff = signOffs.signOffs.find((one) => one.line === line.id);
    const old = signOff && outdated(signOff, supportVersion);
    if (old) return { line, status: record?.record.verdict ?? 'missing', record, outdated: old };
    // A record that says otherwise is not outvoted by a signature.
    if (line.kind === 'attested' && signOff && record?.record.verdict !== 'fail')
      return { line, status: 'attested', record, signOff };
    return { line, status: record?.record.verdict ?? 'missing', record, signOff };
  });
}

export const isOpen = ({ status }: LineStatus) => status !== 'pass' && status !== 'attested';
