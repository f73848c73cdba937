import { EventBridge } from './aws/events';
import type { Backend } from './aws/gate';
import { Scheduler } from './aws/scheduler';
import { Sqs } from './aws/sqs';
import { Ssm } from './aws/ssm';
import type { Deployment } from './deployment';
import { Judge } from './permissions';
import type { Resource } from './template';

/** The account of the other stage, as far as a role that is taken from here reaches into it. */
export class OtherAccount {
  readonly judge: Judge;
  readonly events: EventBridge;
  readonly scheduler: Scheduler;
  readonly backends: ReadonlyMap<string, Backend>;

  constructor(
    readonly deployment: Deployment,
    used?: Set<string>,
  ) {
    this.judge = new Judge(deployment, used);
    this.events = new EventBridge(deployment, new Sqs(deployment, this.judge));
    this.scheduler = new Scheduler(deployment);
    const all: Backend[] = [this.events, this.scheduler, new Ssm(deployment)];
    this.backends = new Map(all.map((backend) => [backend.service, backend]));
  }

  role(arn: string): { role: Resource; account: OtherAccount } | undefined {
    const role = this.deployment.byArn(arn);
    return role && { role, account: this };
  }
}
