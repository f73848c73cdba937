import { type EvidenceObject, evidenceManifest, evidenceRecord, type Finding } from '../../../lambda/payca/evidence';
import { type Evidence, readEvidence } from '../../../lambda/payca/evidence-chain';
import type { Launch } from '../../../lambda/run-timeline/launch';
import { parseStages } from '../../../lib/config/schema';
import type { LaunchFacts } from '../../../lib/launch/document/facts';
import { readSignOffs } from '../../../lib/runbook/sign-offs';
import { change } from '../../config/stage';

const [config] = parseStages([change({ launch: { zone: 'Europe/Berlin' } })]);
if (!config) throw new Error('no config');

const NONE = { missing: 'none' };

/** Evidence of one run for each finding, a minute apart. */
export function evidenceOf(findings: readonly Finding[]): { evidence: Evidence; objects: readonly EvidenceObject[] } {
  const objects: EvidenceObject[] = [];
  let former: EvidenceObject | undefined;
  for (const [index, finding] of findings.entries()) {
    const time = new Date(Date.parse('2026-12-01T09:00:00.000Z') + index * 60_000).toISOString();
    const run = { id: `run-${index}`, time, actor: 'jo', commit: 'abc' };
    const record = evidenceRecord(run, finding);
    former = evidenceManifest(run, [record], former);
    objects.push(record, former);
  }
  const newest = { key: 'newest.json', content: JSON.stringify({ key: former?.key, sha256: former?.sha256 }) };
  const kept = [...objects, ...(former ? [newest] : [])].map(({ key, content }) => ({ key, versions: [{ content }] }));
  return { evidence: readEvidence(kept), objects };
}

/** What is known before anything was recorded. */
export function nothingRecorded(more: Partial<LaunchFacts> = {}): LaunchFacts {
  const { signOffs } = readSignOffs('');
  if (!signOffs || !config) throw new Error('no sign-offs');
  return {
    config,
    madeAt: '2026-12-03T12:00:00.000Z',
    evidence: evidenceOf([]).evidence,
    signOffs,
    supportVersion: '0123456789ab',
    launch: NONE,
    readiness: NONE,
    incidents: NONE,
    alarms: NONE,
    compliance: NONE,
    pictures: NONE,
    ...more,
  };
}

const BY = 'arn:aws:sts::111122223333:assumed-role/Operators/';

/** A launch whose window is open, with a step that somebody approved. */
export function openLaunch(more: Partial<Launch> = {}): Launch {
  const step = { state: 'done', lateMinutes: 0 } as const;
  return {
    number: 1,
    at: '2026-12-01T09:00:00.000Z',
    scheduledBy: `${BY}jo`,
    phase: 'scheduled',
    told: [],
    steps: {
      funding: {
        ...step,
        at: '2026-11-30T21:00:00.000Z',
        verdict: 'no-data',
        says: 'PayCA did not answer',
        approved: { by: `${BY}kim`, at: '2026-11-30T21:30:00.000Z', reason: 'the wire was seen' },
      },
      'open-window': { ...step, at: '2026-12-01T09:00:00.000Z', verdict: 'pass', says: 'the window is open' },
    },
    questions: [],
    switched: [],
    history: [{ at: '2026-11-29T12:00:00.000Z', by: `${BY}jo`, what: 'scheduled' }],
    ...more,
  };
}
