import { type App, DefaultStackSynthesizer } from 'aws-cdk-lib';
import { acknowledgeExceptions } from './compliance/acknowledge';
import type { StageConfig } from './config/schema';
import { AccountStack } from './stacks/account-stack';
import { GoLiveStage } from './stage';

const STAGE_IDS = { production: 'Production', sandbox: 'Sandbox' } as const;

/** Adds the whole system to `app`: an `Account` stack where one is wanted, and every stage. */
export function addGoLive(app: App, stages: readonly StageConfig[]): void {
  for (const config of accountsToPrepare(stages)) {
    new AccountStack(app, `Account-${config.account}-${config.region}`, {
      config,
      env: { account: config.account, region: config.region },
      stackName: `${config.programme}-account`,
      description: 'PayCA go-live: what the account needs once',
      synthesizer: new DefaultStackSynthesizer({ qualifier: config.organization.bootstrapQualifier }),
    });
  }
  for (const config of stages) new GoLiveStage(app, STAGE_IDS[config.stage], config);
  acknowledgeExceptions(app);
}

/** The first stage of each account and region that asks for the account's role to be created. */
function accountsToPrepare(stages: readonly StageConfig[]): StageConfig[] {
  const wanted = stages.filter(({ organization }) => organization.apiGatewayAccountRole === 'create');
  return [...new Map(wanted.toReversed().map((config) => [`${config.account}/${config.region}`, config])).values()];
}
