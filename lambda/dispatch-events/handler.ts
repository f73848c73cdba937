import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type {
  Context,
  DynamoDBBatchResponse,
  DynamoDBStreamEvent,
  EventBridgeEvent,
  AttributeValue as StreamValue,
} from 'aws-lambda';
import { AwsError, awsCall } from '../payca/aws-call';
import { describeError, log } from '../payca/log';
import { Meter } from '../payca/metrics';
import { variable } from '../payca/variables';
import { type Dispatcher, type DispatchReport, dispatch } from './dispatch';
import {
  countSetAside,
  countTry,
  getItem,
  inboxItem,
  markDispatched,
  oldestUndispatched,
  setAside,
  undispatchedBefore,
} from './inbox-table';

/** The stream is given this long before the sweep takes over. */
const SWEEP_AFTER_MS = 10 * 60 * 1000;
/** A sweep stops early rather than be cut off in the middle of a batch. */
const STOP_BEFORE_MS = 20 * 1000;

const eventBridge = new EventBridgeClient();
const dispatcher: Dispatcher = {
  stage: variable('STAGE'),
  now: Date.now,
  decrypt,
  putEvents: async (entries) => {
    const Entries = entries.map((entry) => ({ ...entry, EventBusName: variable('EVENT_BUS') }));
    const { Entries: results = [] } = await eventBridge.send(new PutEventsCommand({ Entries }));
    return results.map(({ ErrorCode }) => ({ errorCode: ErrorCode }));
  },
  markDispatched: (pk) => markDispatched(pk, Date.now()),
  countTry,
  setAside,
};

/** Releases these keys, also what was set aside. */
interface Redrive {
  readonly keys: readonly string[];
}

type DispatchEvent = DynamoDBStreamEvent | EventBridgeEvent<'Scheduled Event', unknown> | Redrive;

/** Puts events of the inbox on the bus: from the stream, from the sweep's schedule, or by key. */
export async function handler(event: DispatchEvent, context: Context): Promise<DynamoDBBatchResponse | DispatchReport> {
  const meter = new Meter();
  log.resetKeys();
  log.appendKeys({ functionRequestId: context.awsRequestId });
  try {
    if ('Records' in event) return await fromStream(event, meter);
    if ('keys' in event) return await byKey(event.keys, meter);
    return await sweep(context, meter);
  } finally {
    meter.publish();
  }
}

/** What AWS was at fault for is handed back to the stream; what the bus refused is left to the sweep. */
async function fromStream({ Records }: DynamoDBStreamEvent, meter: Meter): Promise<DynamoDBBatchResponse> {
  const sequenceNumbers = new Map<string, string>();
  const items = Records.flatMap(({ dynamodb }) => {
    if (!dynamodb?.NewImage) return [];
    const item = inboxItem(unmarshalled(dynamodb.NewImage));
    sequenceNumbers.set(item.pk, dynamodb.SequenceNumber ?? '');
    return item;
  });
  const { failed } = count(await dispatch(items, dispatcher), meter);
  return { batchItemFailures: failed.map((pk) => ({ itemIdentifier: sequenceNumbers.get(pk) ?? '' })) };
}

/** The stream hands over binary attributes as base64. */
function unmarshalled(image: Readonly<Record<string, StreamValue>>): Record<string, AttributeValue> {
  const attributes = Object.entries(image).map(([name, value]) => [
    name,
    value.B === undefined ? value : { B: Buffer.from(value.B, 'base64') },
  ]);
  return Object.fromEntries(attributes);
}

async function byKey(keys: readonly string[], meter: Meter): Promise<DispatchReport> {
  const items = await Promise.all(keys.map((key) => getItem(key)));
  return count(
    await dispatch(
      items.flatMap((item) => item ?? []),
      dispatcher,
    ),
    meter,
  );
}

async function sweep(context: Context, meter: Meter): Promise<DispatchReport> {
  const total: DispatchReport = { dispatched: [], failed: [], refused: [], setAside: [], errors: [] };
  for await (const keys of undispatchedBefore(new Date(Date.now() - SWEEP_AFTER_MS).toISOString())) {
    if (context.getRemainingTimeInMillis() < STOP_BEFORE_MS) break;
    const report = await byKey(keys, meter);
    for (const list of ['dispatched', 'failed', 'refused', 'setAside'] as const) total[list].push(...report[list]);
  }
  const oldest = await oldestUndispatched();
  meter.add('UndispatchedAgeSeconds', oldest ? (Date.now() - Date.parse(oldest)) / 1000 : 0);
  meter.add('SetAsideEvents', await countSetAside());
  return total;
}

function count(report: DispatchReport, meter: Meter): DispatchReport {
  const { dispatched, failed, refused, setAside: aside, errors } = report;
  meter.add('EventsDispatched', dispatched.length);
  if (failed.length + refused.length > 0) meter.add('DispatchRetries', failed.length + refused.length);
  if (aside.length > 0) meter.add('EventsSetAside', aside.length);
  if (failed.length > 0) log.warn('events to be tried again', { keys: failed, problems: errors.map(describeError) });
  if (refused.length > 0) log.warn('events refused by the bus', { keys: refused });
  if (aside.length > 0) log.error('events set aside', { keys: aside });
  return { ...report, errors: [] };
}

async function decrypt(ciphertext: Uint8Array, bodySha256: string): Promise<string | undefined> {
  const input = {
    KeyId: variable('ONE_TIME_CODE_KEY'),
    CiphertextBlob: Buffer.from(ciphertext).toString('base64'),
    EncryptionContext: { bodySha256 },
  };
  try {
    const { Plaintext } = await awsCall<{ Plaintext: string }>({ service: 'kms', action: 'Decrypt', input });
    return Buffer.from(Plaintext, 'base64').toString();
  } catch (error) {
    if (error instanceof AwsError && error.code === 'InvalidCiphertextException') return undefined;
    throw error;
  }
}
