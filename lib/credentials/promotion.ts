import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/schema';
import { PaycaFunction, paycaEnvironment } from '../payca-function';
import type { PaycaCredentials } from './payca-credentials';

export interface PromotionProps {
  readonly config: StageConfig;
  readonly credentials: PaycaCredentials;
}

/** `promote-credentials`: proves a new pair against PayCA and makes it current; hourly, it measures the current one's age. */
export class Promotion extends PaycaFunction {
  constructor(scope: Construct, id: string, { config, credentials }: PromotionProps) {
    super(scope, id, {
      config,
      name: 'promote-credentials',
      description: 'Makes new PayCA credentials current once PayCA accepts them',
      logKey: credentials.key,
      readsSecrets: true,
      // PayCA is asked for twice its time-out at most; the rest is for moving stages, with retries.
      timeout: Duration.seconds(2 * config.payca.timeoutSeconds + 30),
      environment: {
        ...paycaEnvironment(config),
        CREDENTIALS_SECRET: credentials.secret.secretArn,
        OVERLAP_HOURS: String(config.credentials.overlapHours),
      },
    });
    this.allowSecret(credentials.secret.secretArn, credentials.key, [
      'secretsmanager:ListSecretVersionIds',
      'secretsmanager:UpdateSecretVersionStage',
    ]);
    new Rule(this, 'Hourly', {
      description: 'Measures the age of the PayCA credentials',
      schedule: Schedule.rate(Duration.hours(1)),
      targets: [new LambdaFunction(this.function)],
    });
  }
}
