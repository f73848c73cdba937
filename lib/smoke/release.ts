import { CustomResource, Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct, IDependable } from 'constructs';
import type { StageConfig } from '../config/schema';
import type { KeptTable } from '../kept-table';
import { PaycaFunction } from '../payca-function';
import { onFailureOf, releaseOf } from './release-id';
import type { SmokeTest } from './smoke-test';

export interface ReleaseProps {
  readonly config: StageConfig;
  readonly smokeTest: SmokeTest;
  readonly progress: KeptTable;
  /** What is tested, and so has to be deployed before. */
  readonly tested: readonly IDependable[];
  readonly logKey: IKey;
}

/** The release as a resource: an update to a new one whose smoke tests find a fault fails, and so is rolled back. */
export class Release extends PaycaFunction {
  constructor(scope: Construct, id: string, { config, smokeTest, progress, tested, logKey }: ReleaseProps) {
    super(scope, id, {
      config,
      logKey,
      name: 'judge-release',
      description: 'Has a new release tested, and tells CloudFormation',
      alsoCalls: ['cloudformation'],
      // The tests have ten minutes.
      timeout: Duration.minutes(12),
      environment: { PROGRESS_TABLE: progress.tableName, SMOKE_FUNCTION: smokeTest.function.functionName },
    });
    this.allowTable(progress, ['dynamodb:GetItem', 'dynamodb:PutItem']);
    this.allow(['lambda:InvokeFunction'], [smokeTest.function.functionArn]);
    const resource = new CustomResource(this, 'Resource', {
      serviceToken: this.function.functionArn,
      resourceType: 'Custom::Release',
      // CloudFormation would wait an hour for a function that died without a word.
      serviceTimeout: Duration.minutes(15),
      properties: { Release: releaseOf(this, config), OnFailure: onFailureOf(this, config) },
    });
    resource.node.addDependency(this.role, smokeTest, ...tested);
  }
}
