import type { App } from 'aws-cdk-lib';
import type { StageConfig } from '../../config/schema';
import { REPOSITORY } from '../../config/truststore';
import { resourcesOf } from '../assembly';
import { EXCEPTIONS } from '../exceptions';
import { type Observation, recordResults } from '../observation';
import { RULE_PACKS } from '../packs';
import { cfnLint, controlTower } from '../validators';
import { attestations } from './attestations';
import { packageVersion, provenance } from './provenance';
import { makeReport, type PackRun, type Report } from './report';
import { retentionRows } from './retention';

/** Synthesises `app`, runs every pack on it and judges what they say for the day `asOf`, YYYY-MM-DD. */
export function makeComplianceReport(app: App, stages: readonly StageConfig[], asOf: string): Report {
  app.synth();
  const observations: Observation[] = [];
  const packs = RULE_PACKS.map((Pack): PackRun => {
    const pack = recordResults(new Pack(), (observation) => observations.push(observation));
    pack.validateScope(app);
    return { pack: pack.readPackName, version: packageVersion('cdk-nag'), records: 'every result' };
  });
  const secondOpinions = [controlTower(app), cfnLint(app)].filter((opinion) => opinion !== undefined);
  for (const { pack, version, rules, observations: found } of secondOpinions) {
    packs.push({ pack, version, records: 'findings', rules });
    observations.push(...found);
  }
  const lint = packs.find(({ pack }) => pack === 'CfnLint')?.version ?? 'not installed';
  return makeReport({
    asOf,
    packs,
    observations,
    exceptions: EXCEPTIONS,
    resources: resourcesOf(app),
    retention: retentionRows(app, stages),
    attestations: attestations(),
    provenance: provenance(app, REPOSITORY, { 'cfn-lint': lint }),
  });
}
