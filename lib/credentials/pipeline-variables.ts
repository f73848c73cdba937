import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { type PipelineVariable, parameterPath } from '../config/names';
import type { StageConfig } from '../config/schema';

export interface PipelineVariablesProps {
  readonly config: StageConfig;
  /** Never a secret: parameters are readable by many. */
  readonly values: Readonly<Partial<Record<PipelineVariable, string>>>;
}

/** What other teams' pipelines need of a stage, in the Parameter Store: `golive env` prints it. */
export class PipelineVariables extends Construct {
  constructor(scope: Construct, id: string, { config, values }: PipelineVariablesProps) {
    super(scope, id);
    for (const [name, stringValue] of Object.entries(values)) {
      new StringParameter(this, name, { parameterName: `${parameterPath(config)}/${name}`, stringValue });
    }
  }
}
