import { join } from 'node:path';
import { ArnFormat, type Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Architecture,
  type CfnFunction,
  Function as LambdaFunction,
  LoggingFormat,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { DataIdentifier, DataProtectionPolicy, LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct, type IConstruct, type IDependable } from 'constructs';
import { METRICS_NAMESPACE } from '../lambda/payca/metrics';
import { bundledCode, RUNTIME } from './bundle';
import type { StageConfig } from './config/schema';
import type { Gateway, Interface } from './config/vpc';
import { secretReaderPath } from './credentials/secret-access';
import { type KeptTable, TABLE_KEY_ACTIONS } from './kept-table';

const LAMBDA = join(__dirname, '..', 'lambda');

/**
 * Room for young objects in MB, for functions that read large files: with the default 100,000 BINs took up to 343 MB when
 * processors are busy, and a million lines of a statement 524 MB instead of 343.
 */
export const SEMI_SPACE = '--max-semi-space-size=4';

export interface PaycaFunctionProps {
  readonly config: StageConfig;
  /** Folder under `lambda/` whose `handler.ts` is bundled; also the function's plain name in logs and metrics. */
  readonly name: string;
  readonly description: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Encrypts the log group; its policy must name CloudWatch Logs. */
  readonly logKey: IKey;
  readonly timeout: Duration;
  /**
   * It reads a secret of the stage: its role gets the path that the secrets' own policies let in.
   *
   * @default false
   */
  readonly readsSecrets?: boolean;
  /**
   * IAM path of its role below the organization's, where somebody knows the role by it.
   *
   * @default - that of the readers of secrets, if it is one
   */
  readonly rolePath?: string;
  /**
   * What it calls that no statement of its role shows; PayCA is known by `paycaEnvironment`.
   *
   * @default - nothing
   */
  readonly alsoCalls?: readonly Callee[];
  /** @default 256 MB */
  readonly memorySize?: number;
  /**
   * A flag of Node.js beside those of every function.
   *
   * @default - none
   */
  readonly nodeOption?: string;
  /** @default Tracing.ACTIVE */
  readonly tracing?: Tracing;
}

type EncryptedTable = Pick<KeptTable, 'tableArn' | 'key'>;

/**
 * An AWS service by its name in IAM, also in a role of another account; CloudFormation as whoever awaits an answer; PayCA's
 * API; or any host besides these.
 */
export type Callee =
  | Gateway
  | Interface
  | { readonly service: Interface; readonly account: string }
  | 'cloudformation'
  | 'payca'
  | 'hosts';

/** A function of this app: Node 24 on arm64, everything bundled, a log group of its own, and a role that starts empty. */
export class PaycaFunction extends Construct {
  /** As in `lambda/` and in metrics. */
  readonly name: string;
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;
  /** What it calls that no statement of its role shows. */
  readonly alsoCalls: readonly Callee[];

  constructor(scope: Construct, id: string, props: PaycaFunctionProps) {
    super(scope, id);
    this.name = props.name;
    this.alsoCalls = [...(props.alsoCalls ?? []), ...('PAYCA_BASE_URL' in props.environment ? ['payca' as const] : [])];
    this.logGroup = new LogGroup(this, 'Logs', {
      encryptionKey: props.logKey,
      retention: props.config.retentionDays.applicationLogs,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      // The functions log no card number; should one get there all the same, nobody reads it, the log platform included.
      dataProtectionPolicy: new DataProtectionPolicy({ identifiers: [DataIdentifier.CREDITCARDNUMBER] }),
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      path: props.rolePath ?? (props.readsSecrets ? secretReaderPath(props.config) : undefined),
    });
    this.logGroup.grantWrite(this.role);
    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      code: bundledCode(join(LAMBDA, props.name, 'handler.ts')),
      handler: 'index.handler',
      runtime: RUNTIME,
      architecture: Architecture.ARM_64,
      memorySize: props.memorySize ?? 256,
      timeout: props.timeout,
      role: this.role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      // Lambda's three lines for each invocation would be a quarter of all logs; metrics say the same.
      systemLogLevelV2: SystemLogLevel.WARN,
      tracing: props.tracing ?? Tracing.ACTIVE,
      environment: {
        STAGE: props.config.stage,
        POWERTOOLS_SERVICE_NAME: props.name,
        POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
        NODE_OPTIONS: ['--enable-source-maps', ...(props.nodeOption ? [props.nodeOption] : [])].join(' '),
        ...props.environment,
      },
    });
    const { vpc } = props.config.organization;
    if (vpc) this.allowInterfaces();
    if (vpc?.securityGroupIds) this.joinVpc(vpc.subnetIds, vpc.securityGroupIds);
  }

  /** Puts it into subnets, which must reach the AWS APIs that it calls; `needed` has to be there before it. */
  joinVpc(
    subnetIds: readonly string[],
    securityGroupIds: readonly string[],
    needed: readonly IDependable[] = [],
  ): void {
    const resource = this.function.node.defaultChild as CfnFunction;
    resource.vpcConfig = { subnetIds: [...subnetIds], securityGroupIds: [...securityGroupIds] };
    resource.node.addDependency(...needed);
  }

  /**
   * Lambda makes the network interfaces in the function's name; these actions take no narrower resource. The function's own
   * code may not use them: only its calls have a source function.
   * https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice-security
   */
  private allowInterfaces(): void {
    const actions = [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ];
    this.allow(actions, ['*']);
    const anyFunction = { service: 'lambda', resource: 'function', resourceName: '*' };
    // Not its own ARN: the function waits for its policies.
    const source = Stack.of(this).formatArn({ ...anyFunction, arnFormat: ArnFormat.COLON_RESOURCE_NAME });
    const conditions = { ArnLike: { 'lambda:SourceFunctionArn': source } };
    this.role.addToPolicy(new PolicyStatement({ effect: Effect.DENY, actions, resources: ['*'], conditions }));
  }

  /** Allows `actions` on the table, and what DynamoDB does with its key in the caller's name. */
  allowTable({ tableArn, key }: EncryptedTable, actions: string[]): void {
    this.allow(actions, [tableArn], { key, actions: TABLE_KEY_ACTIONS, service: 'dynamodb' });
  }

  /** Allows to query an index of the table. */
  allowIndex({ tableArn, key }: EncryptedTable, index: string): void {
    const keyUse = { key, actions: ['kms:Decrypt', 'kms:DescribeKey'], service: 'dynamodb' };
    this.allow(['dynamodb:Query'], [`${tableArn}/index/${index}`], keyUse);
  }

  /** Allows to read a secret of the stage, for a function made with `readsSecrets`; `more` are other actions on it. */
  allowSecret(secretArn: string, key: IKey, more: string[] = []): void {
    const keyUse = { key, actions: ['kms:Decrypt'], service: 'secretsmanager' };
    this.allow(['secretsmanager:GetSecretValue', ...more], [secretArn], keyUse);
  }

  /** Allows `actions` on `resources`; with `key`, also the key use that `service` makes in the caller's name. */
  allow(
    actions: string[],
    resources: string[],
    key?: { readonly key: IKey; readonly actions: string[]; readonly service: string },
  ): void {
    this.role.addToPolicy(new PolicyStatement({ actions, resources }));
    if (!key) return;
    const { region } = Stack.of(this);
    this.role.addToPolicy(
      new PolicyStatement({
        actions: key.actions,
        resources: [key.key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `${key.service}.${region}.amazonaws.com` } },
      }),
    );
  }
}

/** Every function of this app below `scope`. */
export function functionsIn(scope: IConstruct): PaycaFunction[] {
  return scope.node.findAll().filter((one) => one instanceof PaycaFunction);
}

/** What a function needs to call PayCA's API, its credentials excepted. */
export function paycaEnvironment({ payca }: StageConfig): Record<string, string> {
  return {
    PAYCA_BASE_URL: payca.baseUrl,
    PAYCA_TIMEOUT_SECONDS: String(payca.timeoutSeconds),
    PAYCA_CALLS_PER_SECOND: String(payca.rateLimitPerSecond),
    PAYCA_BALANCES: payca.balances,
  };
}

/** The currency of a tenant that has only one: its balances may not name it. */
export function balanceCurrency({ balanceThresholds }: StageConfig['monitoring']): string | undefined {
  const [only, ...others] = Object.keys(balanceThresholds);
  return others.length === 0 ? only : undefined;
}
