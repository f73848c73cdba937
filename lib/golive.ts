import { type App, DefaultStackSynthesizer } from 'aws-cdk-lib';
import { acknowledgeExceptions } from './compliance/acknowledge';
import { STAGE_IDS } from './config/names';
import type { StageConfig } from './config/schema';
import { AccountStack } from './stacks/account-stack';
import { GoLiveStage } from './stage';

/** Adds the whole system to `app`: an `Account` stack where one is wanted, and every stage. */
export function addGoLive(app: App, stages: readonly StageConfig[]): void {
  addAccounts(app, stages);
  for (const config of stages) {
    const other = stages.find(({ stage }) => stage !== config.stage);
    new GoLiveStage(app, STAGE_IDS[config.stage], config, other);
  }
  acknowledgeExceptions(app);
}

/** One stack for each account and region that needs something; the first of an account makes its identity providers. */
function addAccounts(app: App, stages: readonly StageConfig[]): void {
  const first = new Map<string, AccountStack>();
  for (const here of byPlace(stages.filter(needsAccount))) {
    const [{ account, region, programme, organization }] = here;
    const before = first.get(account);
    const stack = new AccountStack(app, `Account-${account}-${region}`, {
      stages: here,
      providersFor: before ? [] : stages.filter((config) => config.account === account),
      env: { account, region },
      stackName: `${programme}-account`,
      description: 'PayCA go-live: what the account needs once',
      synthesizer: new DefaultStackSynthesizer({ qualifier: organization.bootstrapQualifier }),
    });
    if (before) stack.addStackDependency(before);
    else first.set(account, stack);
  }
}

function needsAccount({ organization, pipelines }: StageConfig): boolean {
  return organization.apiGatewayAccountRole === 'create' || Object.keys(pipelines).length > 0;
}

/** Stages by account and region, in the order of the config. */
function byPlace(stages: readonly StageConfig[]): [StageConfig, ...StageConfig[]][] {
  const places = new Map<string, [StageConfig, ...StageConfig[]]>();
  for (const config of stages) {
    const place = `${config.account}/${config.region}`;
    const there = places.get(place);
    if (there) there.push(config);
    else places.set(place, [config]);
  }
  return [...places.values()];
}
