import { awsCall } from '../payca/aws-call';

/** Reads a third party's key; throws while no operator has supplied it. The parse error of a secret would quote it. */
export async function readKey(secretArn: string): Promise<string> {
  const { SecretString } = await awsCall<{ SecretString: string }>({
    service: 'secretsmanager',
    action: 'GetSecretValue',
    input: { SecretId: secretArn },
  });
  const value = suppliedIn(SecretString);
  if (value === undefined) throw new Error('its key is not supplied: put it with `npm run golive -- secrets put`');
  return value;
}

function suppliedIn(text: string): string | undefined {
  try {
    const { value } = JSON.parse(text);
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}
