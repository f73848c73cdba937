import { CloudFormation } from './aws/cloudformation';
import { CloudWatch } from './aws/cloudwatch';
import { DynamoDb } from './aws/dynamodb';
import { Emulator } from './aws/emulator';
import { EventBridge } from './aws/events';
import { Firehose } from './aws/firehose';
import { Gate } from './aws/gate';
import { Kms } from './aws/kms';
import { Logs } from './aws/logs';
import { S3 } from './aws/s3';
import { SecretsManager } from './aws/secrets-manager';
import { Sns } from './aws/sns';
import { Sqs } from './aws/sqs';
import { Ssm } from './aws/ssm';
import type { Deployment } from './deployment';
import { Network } from './network';
import { Judge } from './permissions';

export interface CloudOptions {
  /** An AWS emulator on this machine that answers the functions' calls instead of the own backends. */
  readonly awsEndpoint?: string;
  /** Collects what roles were allowed to do. */
  readonly used?: Set<string>;
}

/** AWS, as far as one stage needs it: a backend for each service, behind one gate that judges every call. */
export class Cloud {
  readonly judge: Judge;
  readonly gate: Gate;
  readonly secrets: SecretsManager;
  readonly sqs: Sqs;
  readonly events: EventBridge;
  readonly s3: S3;
  readonly sns: Sns;
  readonly cloudWatch: CloudWatch;
  readonly firehose: Firehose;
  readonly logs: Logs;
  protected readonly dynamoDb: DynamoDb;

  protected constructor(
    readonly deployment: Deployment,
    private readonly cloudOptions: CloudOptions,
  ) {
    this.judge = new Judge(deployment, cloudOptions.used);
    this.dynamoDb = new DynamoDb(deployment, cloudOptions.awsEndpoint);
    this.secrets = new SecretsManager(deployment);
    this.sqs = new Sqs(deployment, this.judge);
    this.events = new EventBridge(deployment, this.sqs);
    this.s3 = new S3(deployment, this.events);
    this.sns = new Sns(deployment, this.judge);
    this.cloudWatch = new CloudWatch(deployment, this.events, this.sns);
    this.firehose = new Firehose(deployment);
    this.logs = new Logs(deployment, this.judge, this.firehose);
    const { dynamoDb, sqs, sns, cloudWatch, firehose, logs } = this;
    const described = [new CloudFormation(deployment), new Ssm(deployment)];
    const own = [dynamoDb, sqs, sns, cloudWatch, firehose, logs, ...described];
    this.gate = new Gate(deployment, this.judge, new Network(deployment), own);
  }

  /** Makes the tables; gives the URL at which all of it is found. */
  protected async open(): Promise<string> {
    const { deployment, secrets, events, s3 } = this;
    const { awsEndpoint } = this.cloudOptions;
    const emulator = awsEndpoint ? await Emulator.provision(deployment, awsEndpoint, secrets, s3) : undefined;
    for (const own of [secrets, events, s3, new Kms(deployment)]) this.gate.add(emulator?.wrap(own) ?? own);
    await this.dynamoDb.start();
    return this.gate.listen();
  }

  protected close(): void {
    this.gate.close();
    this.dynamoDb.stop();
  }
}
