import { BlockList, isIPv6 } from 'node:net';
import type { Deployment } from './deployment';
import { type Json, list, type Resource } from './template';

/** What a condition of a policy may ask about a request: `aws:SourceArn`, `kms:ViaService` and so on. */
export type RequestContext = Readonly<Record<string, string | undefined>>;

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: string | string[];
  readonly NotAction?: string | string[];
  readonly Resource?: string | string[];
  readonly Principal?: '*' | Readonly<Record<string, string | string[]>>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | string[]>>>>;
}

interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
}

export const statementsOf = (document: unknown): Statement[] =>
  list((document as { Statement?: Statement | Statement[] } | undefined)?.Statement);

/** Resources that carry a policy of their own, and where it stands: the policy type, its property with the owner's id. */
const RESOURCE_POLICIES = {
  'AWS::SQS::Queue': ['AWS::SQS::QueuePolicy', 'Queues'],
  'AWS::S3::Bucket': ['AWS::S3::BucketPolicy', 'Bucket'],
  'AWS::SecretsManager::Secret': ['AWS::SecretsManager::ResourcePolicy', 'SecretId'],
  'AWS::SNS::Topic': ['AWS::SNS::TopicPolicy', 'Topics'],
} as const;

/** Judges requests by the policies in the templates, as IAM and KMS would within one account. */
export class Judge {
  private readonly byRole = new Map<string, Statement[]>();
  /** A run asks the same few questions thousands of times, and policies stay as they are. */
  private readonly judged = new Map<string, string | undefined>();

  /** `used` collects `role action` of every request that was allowed, over as many judges as share it. */
  constructor(
    private readonly deployment: Deployment,
    readonly used: Set<string> = new Set(),
  ) {}

  /** Why `role` may not do it, or `undefined` when it may. The key that encrypts the resource is judged with it. */
  refusal(role: Resource, action: string, resource: string, context: RequestContext = {}): string | undefined {
    const question = JSON.stringify([role.arn, action, resource, context]);
    if (!this.judged.has(question)) this.judged.set(question, this.judge(role, action, resource, context));
    return this.judged.get(question);
  }

  private judge(role: Resource, action: string, resource: string, context: RequestContext): string | undefined {
    const request = { action, resource, context: { ...ORDINARY, 'aws:PrincipalArn': role.arn, ...context } };
    const statements = this.identityStatements(role);
    const limit = this.boundary(role);
    const others = this.resourceStatements(resource).filter((statement) => this.names(role.arn, statement));
    if ([...statements, ...(limit ?? []), ...others].some((statement) => decides('Deny', statement, request))) {
      return `${role.logicalId} is denied ${action} on ${resource}`;
    }
    if (!statements.some((statement) => decides('Allow', statement, request))) {
      return `${role.logicalId} is not allowed ${action} on ${resource}`;
    }
    if (limit && !limit.some((statement) => decides('Allow', statement, request))) {
      return `${role.logicalId} is kept from ${action} on ${resource} by its permissions boundary`;
    }
    if (action.startsWith('kms:') && !this.keyPolicyTrusts(role.arn, request)) {
      return `${role.logicalId} is not let to ${action} by the policy of key ${resource}`;
    }
    this.used.add(`${role.logicalId} ${action}`);
    return this.keyRefusal(role, action, resource);
  }

  /** Why a principal of the account whose own policies allow everything may not do it, or `undefined` when it may. */
  principalRefusal(principalArn: string, action: string, resource: string): string | undefined {
    const request = { action, resource, context: { ...ORDINARY, 'aws:PrincipalArn': principalArn } };
    const others = this.resourceStatements(resource).filter((statement) => this.names(principalArn, statement));
    if (others.some((statement) => decides('Deny', statement, request)))
      return `${principalArn} is denied ${action} on ${resource} by its policy`;
    const key = this.keyOf(resource);
    const context = { ...request.context, ...this.viaService(action) };
    const refused = keyUse(action).find(
      (needed) => key && !this.keyPolicyTrusts(principalArn, { action: needed, resource: key, context }),
    );
    return refused && `${principalArn} is not let to ${refused} by the policy of key ${key}`;
  }

  /**
   * Why an AWS service may not do it by the resource's own policy, or `undefined` when it may. The policy of the key that
   * encrypts the resource is judged with it.
   */
  serviceRefusal(service: string, action: string, resource: string, context: RequestContext): string | undefined {
    const request = { action, resource, context: { ...ORDINARY, ...context } };
    const statements = this.resourceStatements(resource).filter((statement) => namesService(statement, service));
    const allowed =
      statements.some((statement) => decides('Allow', statement, request)) &&
      !statements.some((statement) => decides('Deny', statement, request));
    if (!allowed) return `${service} is not allowed ${action} on ${resource} by its policy`;
    const key = this.keyOf(resource);
    if (!key) return undefined;
    return keyUse(action).flatMap((needed) => this.serviceRefusal(service, needed, key, context) ?? [])[0];
  }

  /** Actions that the role's policies allow and nothing used, as they are written there. */
  unused(role: Resource): string[] {
    const used = [...this.used]
      .filter((one) => one.startsWith(`${role.logicalId} `))
      .map((one) => one.split(' ')[1] ?? '');
    const granted = this.identityStatements(role)
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Action }) => list(Action));
    return [...new Set(granted)].filter(
      (pattern) => !used.some((action) => wildcard(pattern.toLowerCase(), action.toLowerCase())),
    );
  }

  /** The statements of a role's boundary; a policy that is not in the templates cannot be read. */
  private boundary(role: Resource): Statement[] | undefined {
    const policy = this.deployment.byArn(String(role.properties.PermissionsBoundary ?? ''));
    return policy && statementsOf(policy.properties.PolicyDocument);
  }

  /** A key's own policy must name the role, or leave the matter to IAM by naming the account. */
  private keyPolicyTrusts(principalArn: string, request: Request): boolean {
    return this.resourceStatements(request.resource).some(
      (statement) => this.names(principalArn, statement) && decides('Allow', statement, request),
    );
  }

  /** Whether a resource's policy speaks of a principal, by itself or as one of its account. */
  private names(principalArn: string, { Principal }: Statement): boolean {
    const { account } = this.deployment;
    const names = ['*', principalArn, account, `arn:aws:iam::${account}:root`];
    return Principal === '*' || list(Principal?.AWS).some((name) => names.includes(name));
  }

  private keyRefusal(role: Resource, action: string, resource: string): string | undefined {
    const key = this.keyOf(resource);
    if (!key) return undefined;
    return keyUse(action).flatMap((needed) => this.refusal(role, needed, key, this.viaService(action)) ?? [])[0];
  }

  private viaService(action: string): RequestContext {
    return { 'kms:ViaService': `${serviceOf(action)}.${this.deployment.region}.amazonaws.com` };
  }

  /** ARN of the customer key that encrypts a resource (or the table of an index, the bucket of an object). */
  keyOf(resourceArn: string): string | undefined {
    const properties = this.deployment.owner(resourceArn)?.properties ?? {};
    const sse = properties.SSESpecification as { KMSMasterKeyId?: string } | undefined;
    const bucket = properties.BucketEncryption as BucketEncryption | undefined;
    const inBucket = bucket?.ServerSideEncryptionConfiguration[0]?.ServerSideEncryptionByDefault?.KMSMasterKeyID;
    const key = sse?.KMSMasterKeyId ?? inBucket ?? properties.KmsMasterKeyId ?? properties.KmsKeyId;
    if (typeof key !== 'string') return undefined;
    return this.deployment.byPhysicalId('AWS::KMS::Key', key)?.arn ?? key;
  }

  private identityStatements(role: Resource): Statement[] {
    const known = this.byRole.get(role.logicalId);
    if (known) return known;
    const inline = list(role.properties.Policies as { PolicyDocument: unknown }[] | undefined);
    const attached = this.deployment
      .resources('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy')
      .filter(({ properties }) => list(properties.Roles as string[]).includes(role.physicalId))
      .map(({ properties }) => ({ PolicyDocument: properties.PolicyDocument }));
    const statements = [...inline, ...attached].flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument));
    this.byRole.set(role.logicalId, statements);
    return statements;
  }

  private resourceStatements(resourceArn: string): Statement[] {
    const owner = this.deployment.owner(resourceArn);
    if (!owner) return [];
    if (owner.type === 'AWS::KMS::Key') return statementsOf(owner.properties.KeyPolicy);
    const [type, property] = RESOURCE_POLICIES[owner.type as keyof typeof RESOURCE_POLICIES] ?? [];
    if (!type || !property) return [];
    return this.deployment
      .resources(type)
      .filter(({ properties }) => list(properties[property] as string | string[]).includes(owner.physicalId))
      .flatMap(({ properties }) => statementsOf(properties.PolicyDocument ?? properties.ResourcePolicy));
  }
}

interface BucketEncryption {
  ServerSideEncryptionConfiguration: { ServerSideEncryptionByDefault?: { KMSMasterKeyID?: string } }[];
}

/** Functions call AWS over TLS 1.2 or later; on this machine the calls are plain. */
const ORDINARY: RequestContext = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.2' };

/**
 * What a service does with a customer key in the caller's name, per action or for all of the service's.
 *
 * DynamoDB itself makes and renews a table's key under its own grants; in the name of who reads, writes or polls it only
 * decrypts: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 * SQS proves a new data key before it uses it, so that who sends needs to decrypt too:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
 * Secrets Manager: https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 * S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
 */
const KEY_USE: Readonly<Record<string, string | readonly string[]>> = {
  dynamodb: 'kms:Decrypt',
  'secretsmanager:GetSecretValue': 'kms:Decrypt',
  'secretsmanager:PutSecretValue': 'kms:GenerateDataKey',
  's3:PutObject': 'kms:GenerateDataKey',
  's3:GetObject': 'kms:Decrypt',
  'sns:Publish': ['kms:GenerateDataKey', 'kms:Decrypt'],
  'sqs:SendMessage': ['kms:GenerateDataKey', 'kms:Decrypt'],
  'sqs:ReceiveMessage': 'kms:Decrypt',
};

function serviceOf(action: string): string {
  return action.split(':')[0] ?? '';
}

/** The key actions that come with an action on something that a customer key encrypts. */
function keyUse(action: string): readonly string[] {
  return [KEY_USE[action] ?? KEY_USE[serviceOf(action)] ?? []].flat();
}

function namesService({ Principal }: Statement, service: string): boolean {
  return Principal === '*' || list((Principal as Json | undefined)?.Service as string | string[]).includes(service);
}

function decides(effect: Statement['Effect'], statement: Statement, request: Request): boolean {
  return statement.Effect === effect && matches(statement, request);
}

/** Whether a statement is about a request; the principal is the caller's business. */
export function matches(statement: Statement, { action, resource, context }: Request): boolean {
  for (const element of ['NotResource', 'NotPrincipal'])
    if (element in statement) throw new Error(`policy element ${element} is not known to the rehearsal`);
  const named = (patterns: string | string[] | undefined) =>
    list(patterns).some((pattern) => wildcard(pattern.toLowerCase(), action.toLowerCase()));
  if (statement.NotAction === undefined ? !named(statement.Action) : named(statement.NotAction)) return false;
  if (statement.Resource !== undefined && !list(statement.Resource).some((pattern) => wildcard(pattern, resource)))
    return false;
  return Object.entries(statement.Condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) => holds(operator, context[key], list(expected))),
  );
}

const OPERATORS: Readonly<Record<string, (value: string, expected: string) => boolean>> = {
  ArnEquals: isLike,
  ArnLike: isLike,
  Bool: (value, expected) => value === String(expected),
  IpAddress: (value, cidr) => inCidr(value, cidr),
  NumericLessThan: (value, expected) => Number(value) < Number(expected),
  StringEquals: (value, expected) => value === expected,
  StringLike: isLike,
};

function holds(operator: string, value: string | undefined, expected: string[]): boolean {
  const name = operator.replace(/IfExists$/, '');
  const judge = OPERATORS[name.replace(/^(String|Arn)Not/, '$1')];
  if (!judge) throw new Error(`condition operator ${operator} is not known to the rehearsal`);
  if (value === undefined) return operator.endsWith('IfExists') || name.includes('Not');
  const found = expected.some((item) => judge(value, item));
  return name.includes('Not') ? !found : found;
}

function isLike(value: string, pattern: string): boolean {
  return wildcard(pattern, value);
}

/** Asked several times for each call to AWS, about the same few patterns. */
const compiled = new Map<string, RegExp>();

function wildcard(pattern: string, value: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === value;
  const known = compiled.get(pattern) ?? compile(pattern);
  compiled.set(pattern, known);
  return known.test(value);
}

function compile(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's');
}

/** Whether an address lies in a CIDR of its own family. */
export function inCidr(address: string, cidr: string): boolean {
  const [network = '', prefix] = cidr.split('/');
  const family = isIPv6(network) ? 'ipv6' : 'ipv4';
  const block = new BlockList();
  block.addSubnet(network, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
  return (isIPv6(address) ? 'ipv6' : 'ipv4') === family && block.check(address, family);
}
