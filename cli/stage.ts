import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { InvalidArgumentError, Option } from 'commander';
import { stages } from '../config';
import { bootstrapRoleArn, type StackPart, stackName } from '../lib/config/names';
import { ConfigError } from '../lib/config/problems';
import { parseStages, type StageConfig } from '../lib/config/schema';

/** An error that a person can act on; shown without a stack trace. */
export class OperatorError extends Error {}

/** `--stage`, for commands that act on one. */
export function stageOption(): Option {
  const names = stages.map(({ stage }) => stage);
  return new Option('--stage <stage>', 'the stage to act on').choices(names).default(names[0]);
}

export function readStage(name: string): StageConfig {
  const config = parsed().find(({ stage }) => stage === name);
  if (!config) throw new OperatorError(`config has no stage ${name}`);
  return config;
}

function parsed(): StageConfig[] {
  try {
    return parseStages(stages);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const all = error.problems.length === 1 ? 'this problem' : `${error.problems.length} problems, the first of them`;
    const [first = ''] = error.message.split('\n');
    throw new OperatorError(`config/ has ${all}: ${first}\nAll that is wrong: npm run golive -- config check`);
  }
}

/** A moment in UTC. */
export function parseTime(text: string): Date {
  const date = new Date(text);
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?Z)?$/.test(text) || Number.isNaN(date.getTime())) {
    throw new InvalidArgumentError('It must be a time in UTC: 2026-12-01 or 2026-12-01T08:00:00Z.');
  }
  return date;
}

/** Outputs of the stage's stacks, by name. */
export type Outputs = Readonly<Record<string, string>>;

/** What the stage's deployed stacks tell about themselves. On the first day `state` is there before `service`. */
export async function stageOutputs(
  config: StageConfig,
  stacks: readonly StackPart[] = ['state', 'service'],
): Promise<Outputs> {
  const { account, region } = config;
  const found = await Promise.all(
    stacks.map(async (part) => {
      const StackName = stackName(config, part);
      try {
        const { Stacks = [] } = await readAws(config, (credentials) =>
          new CloudFormationClient({ region, credentials }).send(new DescribeStacksCommand({ StackName })),
        );
        return (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]);
      } catch (error) {
        throw new OperatorError(explain(error, `stack ${StackName} in account ${account}, ${region}`));
      }
    }),
  );
  return Object.fromEntries(found.flat());
}

/**
 * Reads with the caller's own rights; where these do not reach, as the bootstrap's lookup role, which is what a pipeline's
 * role may become for reading.
 */
export async function readAws<T>(
  config: StageConfig,
  read: (credentials?: ReturnType<typeof fromTemporaryCredentials>) => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (refusal) {
    if (!isRefusal(refusal)) throw refusal;
    const params = { RoleArn: bootstrapRoleArn(config, 'lookup'), RoleSessionName: 'golive' };
    return read(fromTemporaryCredentials({ params, clientConfig: { region: config.region } })).catch((error) => {
      // Whoever may not become that role either is to hear of the right that was missing.
      throw isRefusal(error) ? refusal : error;
    });
  }
}

/** The name differs by the protocol of the service. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && ['AccessDenied', 'AccessDeniedException'].includes(error.name);
}

/** An output that must be there; a stack of an older deploy may lack it. */
export function output(outputs: Outputs, name: string): string {
  const value = outputs[name];
  if (!value) throw new OperatorError(`the deployed stacks have no output ${name}: deploy this version first`);
  return value;
}

/** What AWS said, in words that tell what to do. */
export function explain(error: unknown, what: string): string {
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
  const ended = /^(ExpiredToken|ExpiredTokenException|InvalidClientTokenId|UnrecognizedClientException)$/.test(name);
  // The session of IAM Identity Center is judged by the SDK itself.
  if (ended || (/^(Credentials|Token)ProviderError$/.test(name) && /expired/i.test(message)))
    return `${what}: the AWS session has ended; sign in again (aws sso login)`;
  if (name === 'CredentialsProviderError')
    return `${what}: no AWS credentials were found; sign in first (aws sso login)`;
  if (/does not exist/.test(message)) return `${what}: not deployed there; check the account that you are signed in to`;
  return `${what}: ${name}: ${message}`;
}
