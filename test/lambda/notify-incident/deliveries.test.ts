import { holdRecord } from '../../../lambda/notify-incident/deliveries';
import { readKey } from '../../../lambda/notify-incident/key';
import { recordKey } from '../../../lambda/notify-incident/order';
import { AwsError, awsCall } from '../../../lambda/payca/aws-call';

jest.mock('../../../lambda/payca/aws-call', () => ({
  ...jest.requireActual('../../../lambda/payca/aws-call'),
  awsCall: jest.fn(),
}));
const called = jest.mocked(awsCall);
const refused = new AwsError('ConditionalCheckFailedException', 'held', {});
const input = (call: number) => called.mock.calls[call]?.[0].input as Record<string, unknown>;

beforeEach(() => {
  called.mockReset();
  process.env.NOTIFICATIONS_TABLE = 'notifications';
});

describe('the record of an alarm', () => {
  const DELIVERY = { at: 't', state: 'ALARM', outcome: 'sent', doneAt: 'd' } as const;

  test('is held for a time, read, written and given free', async () => {
    called.mockResolvedValue({ Attributes: { deliveries: { S: JSON.stringify([DELIVERY]) } } });
    const record = await holdRecord('on-call', 'alarm', 1000, 90_000);
    expect(record?.deliveries).toEqual([DELIVERY]);
    expect(input(0)).toMatchObject({
      TableName: 'notifications',
      Key: { pk: { S: recordKey('on-call', 'alarm') } },
      ConditionExpression: 'attribute_not_exists(heldUntil) OR heldUntil < :now',
      ExpressionAttributeValues: { ':until': { N: '91000' }, ':now': { N: '1000' } },
    });
    await record?.release([DELIVERY, DELIVERY]);
    expect(input(1)).toMatchObject({
      UpdateExpression: 'REMOVE heldUntil SET deliveries = :deliveries',
      ConditionExpression: 'heldUntil = :until',
    });
  });

  test('is empty for an alarm that nobody was told of, and can be given free unchanged', async () => {
    called.mockResolvedValue({ Attributes: {} });
    const record = await holdRecord('on-call', 'alarm', 1000, 90_000);
    expect(record?.deliveries).toEqual([]);
    await record?.release();
    expect(input(1)).toMatchObject({ UpdateExpression: 'REMOVE heldUntil' });
    expect(JSON.stringify(input(1))).not.toContain('deliveries');
  });

  test('cannot be held twice', async () => {
    called.mockRejectedValue(refused);
    expect(await holdRecord('on-call', 'alarm', 1000, 90_000)).toBeUndefined();
  });

  test('cannot be written once somebody else holds it', async () => {
    called.mockResolvedValueOnce({ Attributes: {} }).mockRejectedValue(refused);
    const record = await holdRecord('on-call', 'alarm', 1000, 90_000);
    await expect(record?.release([])).rejects.toThrow('held too long');
  });

  test('another error is not taken for a hold', async () => {
    called.mockRejectedValue(new AwsError('AccessDeniedException', 'no', {}));
    await expect(holdRecord('on-call', 'alarm', 1000, 90_000)).rejects.toThrow('AccessDeniedException');
  });
});

describe('the key', () => {
  const secret = (SecretString: string) => called.mockResolvedValue({ SecretString });

  test('is the value that an operator put', async () => {
    secret('{"value":"abc"}');
    expect(await readKey('arn')).toBe('abc');
  });

  test.each(['{"supplied":false}', '{"value":""}', '{"value":7}', 'abc', 'null'])(
    'is not supplied in %s',
    async (text) => {
      secret(text);
      await expect(readKey('arn')).rejects.toThrow(
        /^its key is not supplied: put it with `npm run golive -- secrets put`$/,
      );
    },
  );
});
