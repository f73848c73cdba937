import { AwsError, awsCall } from '../payca/aws-call';
import type { InboxItem } from '../payca/inbox';
import { variable } from '../payca/variables';

type AttributeValue = { S: string } | { B: string } | { BOOL: boolean };

/** Writes the item unless its key is taken; then tells what stands there. */
export async function putItem(item: InboxItem): Promise<'stored' | Pick<InboxItem, 'bodySha256' | 'writeId'>> {
  try {
    await awsCall({
      service: 'dynamodb',
      action: 'PutItem',
      input: {
        TableName: variable('INBOX_TABLE'),
        Item: attributes(item),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    });
    return 'stored';
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ConditionalCheckFailedException') throw error;
    const { Item } = error.body as { Item?: { bodySha256?: { S?: string }; writeId?: { S?: string } } };
    return { bodySha256: Item?.bodySha256?.S ?? '', writeId: Item?.writeId?.S ?? '' };
  }
}

function attributes(item: InboxItem): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(item).flatMap(([name, value]) => attribute(name, value)));
}

function attribute(name: string, value: unknown): [string, AttributeValue][] {
  if (value === undefined) return [];
  if (value instanceof Uint8Array) return [[name, { B: Buffer.from(value).toString('base64') }]];
  return [[name, typeof value === 'boolean' ? { BOOL: value } : { S: String(value) }]];
}

/** Encrypts a one-time code for the body it came in; it cannot be decrypted for another one. */
export async function encryptOneTimeCode(code: string, bodySha256: string): Promise<Uint8Array> {
  const input = {
    KeyId: variable('ONE_TIME_CODE_KEY'),
    Plaintext: Buffer.from(code).toString('base64'),
    EncryptionContext: { bodySha256 },
  };
  const { CiphertextBlob } = await awsCall<{ CiphertextBlob: string }>({ service: 'kms', action: 'Encrypt', input });
  return Buffer.from(CiphertextBlob, 'base64');
}
