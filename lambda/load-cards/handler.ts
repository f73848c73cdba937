import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand, GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import type { Context, EventBridgeEvent, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { paycaApi } from '../payca/api';
import { awsCall } from '../payca/aws-call';
import { currentPair } from '../payca/credentials-secret';
import { EvidenceStore, functionRun } from '../payca/evidence-store';
import { describeError, log } from '../payca/log';
import { Meter } from '../payca/metrics';
import { Progress } from '../payca/progress';
import { numberVariable, variable } from '../payca/variables';
import type { KnownCards } from './card-list';
import { type Connect, Desk } from './desk';
import { type Enqueue, enqueue, enqueueSchema } from './enqueue';
import { type ManifestEntry, manifestKey, type RowReference, readEntry } from './manifest';
import { type Match, type MatchAnswer, match, matchSchema } from './match';
import { SharedPace } from './pace';
import type { LoadSettings } from './settings';
import { cardsOf, type EntryState, entriesOf, LOADS } from './state';
import { watch } from './watch';
import { type Worked, work } from './work';

const s3 = new S3Client();
const progress = new Progress(LOADS);
const settings: LoadSettings = JSON.parse(variable('CARD_LOAD'));
const pace = new SharedPace(progress, numberVariable('PAYCA_CALLS_PER_SECOND'), {
  now: Date.now,
  sleep,
  random: Math.random,
});
/** Of a call with all its tries; a step is begun only with time for it. */
const DEADLINE_MS = 2 * numberVariable('PAYCA_TIMEOUT_SECONDS') * 1000;
/** For writing down what became of it. */
const SLACK_MS = 5000;
/** Two rows in a row without an answer: PayCA is down, and the others are spared. */
const SILENCES = 2;
const FIRST_PAUSE_SECONDS = 30;
const MAX_PAUSE_SECONDS = 15 * 60;

/** Makes the users and cards of a batch of messages; on its schedule looks after the load; for an operator fills the queue. */
export async function handler(
  event: SQSEvent | EventBridgeEvent<'Scheduled Event', unknown> | Enqueue | Match,
  context: Context,
): Promise<SQSBatchResponse | { refused: number } | MatchAnswer | undefined> {
  const meter = new Meter();
  log.resetKeys();
  log.appendKeys({ functionRequestId: context.awsRequestId });
  try {
    if ('Records' in event) return await loadBatch(event.Records, context, meter);
    if ('detail-type' in event) return await lookAfter(meter);
    if (event.do === 'match') return await compare(matchSchema.parse(event), context, meter);
    return await enqueue(enqueueSchema.parse(event), variable('CARD_QUEUE'));
  } finally {
    meter.publish();
  }
}

/** Calls of PayCA at the pace of all copies; `undefined` until there are credentials. */
async function deskFor(meter: Meter): Promise<Desk | undefined> {
  const pair = await currentPair();
  if (!pair) return undefined;
  const connect: Connect = (tell) =>
    paycaApi({
      deadlineMs: DEADLINE_MS,
      brake: pace,
      credentials: () => pair,
      onFailure: async (error, retryAfterMs) => {
        tell(error);
        // A look-up may find nothing.
        if (error.code !== 'ErrNotFound') meter.add('PaycaErrors', 1, { Code: error.code });
        if (error.status === 429) await pace.backOff(retryAfterMs);
      },
    });
  return new Desk(connect, settings);
}

const hasTime = (context: Context) => () => context.getRemainingTimeInMillis() > DEADLINE_MS + SLACK_MS;

async function compare(request: Match, context: Context, meter: Meter): Promise<MatchAnswer> {
  const desk = await deskFor(meter);
  return desk ? match(request, desk, hasTime(context)) : { result: 'no-credentials', compared: 0, problems: [] };
}

async function loadBatch(records: SQSRecord[], context: Context, meter: Meter): Promise<SQSBatchResponse> {
  const desk = await deskFor(meter);
  const world = desk && {
    ...{ progress, desk, read, knownUser, knownCards },
    invocation: context.awsRequestId,
    endsAt: Date.now() + context.getRemainingTimeInMillis(),
    now: () => new Date(),
    hasTime: hasTime(context),
  };
  const failed: string[] = [];
  let silences = 0;
  for (const record of records) {
    const worked = world && silences < SILENCES ? await workOn(record, world) : 'silence';
    silences = worked === 'silence' ? silences + 1 : 0;
    if (worked === 'ended' || worked === 'gone') continue;
    failed.push(record.messageId);
    await giveBack(record, worked);
  }
  if (!desk) log.warn('no credentials: nothing was asked of PayCA', { messages: records.length });
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}

async function workOn({ body }: SQSRecord, world: Parameters<typeof work>[1]): Promise<Worked | 'error'> {
  const reference: RowReference = JSON.parse(body);
  const { load, row } = reference;
  try {
    const worked = await work(reference, world);
    if (worked === 'gone') log.error('row not in the manifest', { load, row });
    else log.info(`row ${worked}`, { load, row });
    return worked;
  } catch (error) {
    log.error('row failed', { load, row, problem: describeError(error) });
    return 'error';
  }
}

/** Hides a message until its next try is due; one for which there was no time comes back at once. */
async function giveBack({ attributes, receiptHandle }: SQSRecord, worked: Worked | 'error'): Promise<void> {
  const tries = Number(attributes.ApproximateReceiveCount);
  const pause = Math.min(MAX_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (tries - 1));
  const VisibilityTimeout = worked === 'no-time' ? 0 : Math.ceil(pause * (0.5 + Math.random() / 2));
  const input = { QueueUrl: variable('CARD_QUEUE'), ReceiptHandle: receiptHandle, VisibilityTimeout };
  // Without it the message comes back after the queue's own visibility time-out.
  await awsCall({ service: 'sqs', action: 'ChangeMessageVisibility', input }).catch((problem) =>
    log.warn('no pause set', { problem: describeError(problem) }),
  );
}

async function read(reference: RowReference): Promise<ManifestEntry | undefined> {
  const { load, offset, length } = reference;
  try {
    const { Body } = await s3.send(
      new GetObjectCommand({
        Bucket: variable('IMPORTS_BUCKET'),
        Key: manifestKey(load),
        Range: `bytes=${offset}-${offset + length - 1}`,
      }),
    );
    return readEntry((await Body?.transformToByteArray()) ?? new Uint8Array(), reference);
  } catch (error) {
    // What is shorter than it was is not what was put there.
    if (error instanceof NoSuchKey || (error instanceof Error && error.name === 'InvalidRange')) return undefined;
    throw error;
  }
}

async function allEntries(): Promise<EntryState[]> {
  return [...(await progress.all(entriesOf())).values()] as EntryState[];
}

async function knownUser(): Promise<string | undefined> {
  return (await allEntries()).find(({ user }) => user?.state === 'done')?.userId;
}

async function knownCards(): Promise<KnownCards> {
  return cardsOf(await allEntries());
}

async function lookAfter(meter: Meter): Promise<undefined> {
  try {
    const watched = await watch({
      progress,
      record: async (finding) => {
        const now = new Date();
        await new EvidenceStore(variable('EVIDENCE_BUCKET')).write(functionRun(LOADS, now), [finding]);
      },
      deleteManifest: async (load) => {
        await s3.send(new DeleteObjectCommand({ Bucket: variable('IMPORTS_BUCKET'), Key: manifestKey(load) }));
      },
      now: () => new Date(),
    });
    if (watched) log.info('load', { ...watched });
    meter.add('CardLoadStuck', watched?.isStuck ? 1 : 0);
  } catch (error) {
    // What cannot be looked at is not known to move.
    meter.add('CardLoadStuck');
    throw error;
  }
}
