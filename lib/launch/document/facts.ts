import type { Evidence } from '../../../lambda/payca/evidence-chain';
import type { Incident } from '../../../lambda/payca/incidents';
import type { Launch } from '../../../lambda/run-timeline/launch';
import type { Readiness } from '../../../lambda/run-timeline/readiness';
import type { PackSummary } from '../../compliance/report/report';
import type { StageConfig } from '../../config/schema';
import type { Picture } from '../../monitoring/dashboards/pictures';
import type { SignOffs } from '../../runbook/sign-offs';

/** Something that could not be read, and why. */
export interface Missing {
  readonly missing: string;
}

export function isMissing(value: unknown): value is Missing {
  return typeof value === 'object' && value !== null && 'missing' in value;
}

/** An alarm of the stage, and what channels were told about it since the launch was scheduled. */
export interface AlarmFact {
  readonly name: string;
  readonly state: string;
  readonly since?: string;
  readonly told: readonly {
    readonly channel: string;
    readonly state: 'ALARM' | 'OK';
    readonly at: string;
    readonly drill?: string;
  }[];
}

/** What `npm run compliance` wrote. */
export interface ComplianceFact {
  readonly verdict: 'pass' | 'fail';
  /** YYYY-MM-DD. */
  readonly asOf: string;
  readonly commit: string;
  /** Whether the document was made from exactly the same sources. */
  readonly isPresent: boolean;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly packs: readonly PackSummary[];
  readonly exceptions: number;
  readonly file: FileFact;
}

export interface FileFact {
  readonly name: string;
  readonly sha256: string;
}

/** Everything that is recorded about a launch. What nobody recorded is told as missing, never filled in. */
export interface LaunchFacts {
  readonly config: StageConfig;
  /** When the document is made, ISO 8601 in UTC. */
  readonly madeAt: string;
  /**
   * Who leaves its hash in the evidence as soon as it is made.
   *
   * @default - it is not recorded
   */
  readonly keptBy?: string;
  readonly evidence: Evidence;
  readonly signOffs: SignOffs;
  /** Of the support pack, as it would be made now. */
  readonly supportVersion: string;
  readonly launch: Launch | Missing;
  /** The go or no-go that the timeline went by. */
  readonly readiness: Readiness | Missing;
  readonly incidents: readonly Incident[] | Missing;
  readonly alarms: readonly AlarmFact[] | Missing;
  readonly compliance: ComplianceFact | Missing;
  /** Of the launch dashboard, with the metrics that they are drawn from. */
  readonly pictures: { readonly pictures: readonly Picture[]; readonly metrics: FileFact } | Missing;
}

/** The timeline keeps the manifests of runs; the record of a run's line lies beside its manifest. */
export function recordOf({ records }: Evidence, manifest: string, line: string): string {
  const folder = manifest.slice(0, manifest.lastIndexOf('/') + 1);
  return records.find(({ key, record }) => key.startsWith(folder) && record.line === line)?.key ?? manifest;
}
