import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { OWNER_ATTRIBUTE } from '../../lambda/run-timeline/message';
import type { StageConfig } from '../config/schema';
import type { ServiceKey } from '../service-key';

export interface OwnersProps {
  readonly config: StageConfig;
  /** Encrypts what is published. */
  readonly key: ServiceKey;
}

/** The topic of the launch: each address hears of the steps of its own roles. */
export class Owners extends Topic {
  readonly key: ServiceKey;

  constructor(scope: Construct, id: string, { config, key }: OwnersProps) {
    super(scope, id, { masterKey: key, enforceSSL: true });
    this.key = key;
    for (const [email, roles] of rolesByAddress(config.launch.owners)) {
      const filterPolicy = { [OWNER_ATTRIBUTE]: SubscriptionFilter.stringFilter({ allowlist: roles }) };
      this.addSubscription(new EmailSubscription(email, { filterPolicy }));
    }
  }
}

/** A topic has an address once, whatever the number of its roles. */
function rolesByAddress(owners: StageConfig['launch']['owners']): Map<string, string[]> {
  const byAddress = new Map<string, string[]>();
  for (const [role, emails] of Object.entries(owners)) {
    for (const email of emails) byAddress.set(email, [...(byAddress.get(email) ?? []), role]);
  }
  return byAddress;
}
