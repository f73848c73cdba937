import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Context, EventBridgeEvent } from 'aws-lambda';
import * as z from 'zod';
import { type ClientPair, paycaApi } from '../payca/api';
import { currentPair } from '../payca/credentials-secret';
import { SMOKE_EVENT } from '../payca/events';
import { EvidenceStore } from '../payca/evidence-store';
import { inboxKey } from '../payca/inbox';
import { InboxReader } from '../payca/inbox-reader';
import { describeError, log } from '../payca/log';
import { Meter } from '../payca/metrics';
import { Progress } from '../payca/progress';
import { variable } from '../payca/variables';
import { type Cause, isCausedBy } from './cause';
import { checkEndpoint } from './endpoint';
import { findings, lastRun, runSmoke, type SmokeRequest, type SmokeResult, type SmokeWorld } from './run';
import type { SmokeSettings } from './settings';

const settings: SmokeSettings = JSON.parse(variable('SMOKE_SETTINGS'));
const release = variable('RELEASE');
const inbox = new InboxReader(variable('INBOX_TABLE'), variable('AWS_REGION'));
const progress = new Progress('smoke-test');
const evidence = new EvidenceStore(variable('EVIDENCE_BUCKET'));
const lambda = new LambdaClient();
/** What is left to write down when the function's time is up. */
const CLOSING_MS = 10_000;
/** A clock of the gateway's host may be behind ours. */
const CLOCKS_MS = 60_000;

const requestSchema = z.strictObject({
  steps: z.union([z.enum(['deploy', 'all']), z.array(z.string())]),
  release: z.string().optional(),
  actor: z.string().min(1),
});
const HOURLY: SmokeRequest = { steps: [], actor: 'schedule' };

/** Runs smoke tests; on its schedule it undoes what an earlier run left, and says how things stand. */
export async function handler(
  event: EventBridgeEvent<'Scheduled Event', unknown> | SmokeRequest,
  context: Context,
): Promise<SmokeResult> {
  const meter = new Meter();
  log.resetKeys();
  log.appendKeys({ functionRequestId: context.awsRequestId });
  try {
    const request = 'detail-type' in event ? HOURLY : requestSchema.parse(event);
    const pair = await currentPair();
    const result = await recorded(await runSmoke(request, world(pair, context, meter)), request.actor);
    report(result);
    await measure(result, pair !== undefined, meter);
    return result;
  } catch (error) {
    log.error('smoke-test failed', { problem: describeError(error) });
    throw error;
  } finally {
    meter.publish();
  }
}

function world(pair: ClientPair | undefined, context: Context, meter: Meter): SmokeWorld {
  return {
    settings,
    release,
    connect:
      pair &&
      ((onFailure) =>
        paycaApi({
          credentials: () => pair,
          onFailure: (error) => {
            meter.add('PaycaErrors', 1, { Code: error.code });
            onFailure(error);
          },
        })),
    progress,
    arrived,
    probe: (id) => probe(id, pair),
    endpoint: () => checkEndpoint({ ...settings.endpoint, defaultHost: variable('DEFAULT_ENDPOINT') }, new Date()),
    now: () => new Date(),
    sleep,
    deadline: Date.now() + context.getRemainingTimeInMillis() - CLOSING_MS,
    newId: () => `${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}-${randomBytes(4).toString('hex')}`,
  };
}

async function arrived(cause: Cause, since: Date): Promise<string | undefined> {
  const from = new Date(since.getTime() - CLOCKS_MS);
  for await (const entry of inbox.received(from, new Date(Date.now() + CLOCKS_MS)))
    if (isCausedBy(entry, cause)) return entry.pk;
  return undefined;
}

/** The receiver without the edge in front of it, which the step `edge` has looked at. */
async function probe(id: string, pair: ClientPair | undefined): ReturnType<SmokeWorld['probe']> {
  const { clientId = '', clientSecret = '' } = pair ?? {};
  const body = JSON.stringify({ event: SMOKE_EVENT, data: { id } });
  const signature = `sha256=${createHmac('sha256', clientSecret).update(body).digest('hex')}`;
  const headers = { 'x-signature': signature, 'x-client-id': clientId, 'x-request-id': id };
  const Payload = Buffer.from(JSON.stringify({ body, isBase64Encoded: false, headers }));
  const FunctionName = variable('RECEIVER_FUNCTION');
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
  const { statusCode = 0 } = JSON.parse(Buffer.from(answer.Payload ?? []).toString() || '{}');
  const key = inboxKey({ event: SMOKE_EVENT, id }, '');
  return statusCode >= 200 && statusCode < 300 && (await inbox.get(key)) ? { key } : { status: statusCode };
}

/** A run whose evidence is missing proves nothing. */
async function recorded(result: SmokeResult, actor: string): Promise<SmokeResult> {
  const found = findings(result);
  if (found.length === 0) return result;
  try {
    const run = { id: result.id, time: result.startedAt, actor, commit: `release ${release}` };
    const { key } = await evidence.write(run, found);
    return { ...result, evidence: key };
  } catch (error) {
    log.error('evidence not recorded', { run: result.id, problem: describeError(error) });
    return {
      ...result,
      verdict: result.verdict === 'pass' ? 'no-data' : result.verdict,
      reason: 'the evidence could not be recorded',
    };
  }
}

function report(result: SmokeResult): void {
  const { id, verdict, reason, steps, leftovers, evidence: record } = result;
  for (const leftover of leftovers) log.error('not undone at PayCA', { leftover });
  if (steps.length === 0 && leftovers.length === 0) return;
  const short = steps.map((step) => `${step.id} ${step.verdict}${step.reason ? `: ${step.reason}` : ''}`);
  log[verdict === 'fail' ? 'error' : 'info'](`smoke ${verdict}`, { run: id, reason, steps: short, evidence: record });
}

async function measure({ leftovers, reason }: SmokeResult, hasCredentials: boolean, meter: Meter): Promise<void> {
  const last = await lastRun(progress);
  if (reason === undefined) meter.add('SmokeLeftovers', leftovers.length);
  meter.add('SmokeFailed', last?.verdict === 'fail' ? 1 : 0);
  const isJudged = last?.release === release && last.verdict !== 'no-data';
  meter.add('SmokeNotRun', isJudged || !hasCredentials ? 0 : 1);
}
