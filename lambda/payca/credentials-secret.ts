import type { ClientPair } from './api';
import { AwsError, awsCall } from './aws-call';
import { clientPair, type SecretContent, type SecretVersion, versionAt } from './credentials';
import { variable } from './variables';

const call = <Output>(action: string, input: object) =>
  awsCall<Output>({
    service: 'secretsmanager',
    action,
    input: { SecretId: variable('CREDENTIALS_SECRET'), ...input },
  });

/** Versions that have a staging label, as they stood at one moment: stages read one by one may be moved in between. */
export async function listVersions(): Promise<SecretVersion[]> {
  const found: SecretVersion[] = [];
  let NextToken: string | undefined;
  do {
    const page = await call<{
      Versions?: { VersionId: string; VersionStages?: string[]; CreatedDate: number }[];
      NextToken?: string;
    }>('ListSecretVersionIds', { NextToken });
    for (const { VersionId, VersionStages = [], CreatedDate } of page.Versions ?? [])
      found.push({ id: VersionId, stages: VersionStages, createdAt: CreatedDate * 1000 });
    NextToken = page.NextToken;
  } while (NextToken);
  return found;
}

/** The value of one version; `undefined` when it is gone. */
export async function readVersion(VersionId: string): Promise<SecretContent | undefined> {
  try {
    const { SecretString } = await call<{ SecretString: string }>('GetSecretValue', { VersionId });
    return parse(SecretString);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

/** The pair in force; `undefined` until an operator has supplied one. */
export async function currentPair(): Promise<ClientPair | undefined> {
  const current = versionAt('AWSCURRENT', await listVersions());
  return current && clientPair(await readVersion(current.id));
}

/** A parse error would quote the secret. */
function parse(text: string): SecretContent {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {}
  throw new Error('the credentials secret does not hold a JSON object');
}

/** Attaches a staging label to one version, or takes it from another, or both in one step. */
export async function moveStage(
  VersionStage: string,
  { to, from }: { readonly to?: string; readonly from?: string },
): Promise<void> {
  try {
    await call('UpdateSecretVersionStage', { VersionStage, MoveToVersionId: to, RemoveFromVersionId: from });
  } catch (error) {
    // A call whose answer was lost is refused when it is repeated, because it was done already.
    const at = (await listVersions()).find(({ stages }) => stages.includes(VersionStage));
    if (at?.id !== to) throw error;
  }
}
