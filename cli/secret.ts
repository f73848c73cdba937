import {
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { SecretVersion } from '../lambda/payca/credentials';
import type { StageConfig } from '../lib/config/schema';
import { explain, OperatorError } from './stage';

/** A value that somebody typed or piped in, with the name that messages give it. */
interface TypedValue {
  readonly name: string;
  readonly value: string;
  readonly minLength: number;
}

const MAX_LENGTH = 4096;
/** Keys are sent as headers and in JSON; quotes and angle brackets come from a hurried copy. */
const FORM = /^[^\s"'`\\<>]+$/;
const PRINTABLE = /^[\x21-\x7e]*$/;

/** What is wrong with the form of values, never with a part of one in its words. */
export function formProblems(values: readonly TypedValue[]): string[] {
  return values.flatMap(({ name, value, minLength }) => {
    if (value === '') return [`the ${name} is empty`];
    if (/\s/.test(value)) return [`the ${name} has a space or a line break in it`];
    if (!PRINTABLE.test(value)) return [`the ${name} has characters that are not printable ASCII`];
    if (!FORM.test(value)) return [`the ${name} has a quote, a backslash or an angle bracket in it`];
    if (value.length < minLength)
      return [`the ${name} has ${value.length} characters, a whole one at least ${minLength}`];
    if (value.length > MAX_LENGTH) return [`the ${name} has more than ${MAX_LENGTH} characters`];
    return [];
  });
}

/** Throws one error with all problems of form. */
export function checkForm(values: readonly TypedValue[]): void {
  const problems = formProblems(values);
  if (problems.length > 0) throw new OperatorError(`${problems.join('; ')}; nothing was changed`);
}

/** One secret of a stage, as an operator may see it: to put versions of it and list them, never to read one. */
export class OperatedSecret {
  private readonly client: SecretsManagerClient;

  constructor(
    private readonly arn: string,
    private readonly config: StageConfig,
  ) {
    this.client = new SecretsManagerClient({ region: config.region });
  }

  /** Puts a new version at a stage; gives its id. */
  async put(value: Readonly<Record<string, string>>, stage: 'AWSCURRENT' | 'AWSPENDING'): Promise<string> {
    const SecretString = JSON.stringify(value);
    const command = new PutSecretValueCommand({ SecretId: this.arn, SecretString, VersionStages: [stage] });
    const { VersionId } = await this.client.send(command).catch(this.refused);
    if (!VersionId) throw new OperatorError(`${this.arn}: AWS told no id of the new version; run this again`);
    return VersionId;
  }

  /** The versions that have a stage, the oldest first. */
  async versions(): Promise<SecretVersion[]> {
    const found: SecretVersion[] = [];
    let NextToken: string | undefined;
    do {
      const command = new ListSecretVersionIdsCommand({ SecretId: this.arn, NextToken });
      const page = await this.client.send(command).catch(this.refused);
      for (const { VersionId = '', VersionStages = [], CreatedDate } of page.Versions ?? [])
        found.push({ id: VersionId, stages: VersionStages, createdAt: CreatedDate?.getTime() ?? 0 });
      NextToken = page.NextToken;
    } while (NextToken);
    return found.sort((one, other) => one.createdAt - other.createdAt);
  }

  private readonly refused = (error: unknown): never => {
    const denied = error instanceof Error && error.name === 'AccessDeniedException';
    const { operatorRoles } = this.config.organization;
    const allowed = operatorRoles ? operatorRoles.join(', ') : 'those of IAM Identity Center';
    const hint = denied ? ` (roles that may: ${allowed}; organization.operatorRoles in config says others)` : '';
    throw new OperatorError(`${explain(error, `secret ${this.arn}`)}${hint}; nothing was changed`);
  };
}
