import type { Context, EventBridgeEvent } from 'aws-lambda';
import * as z from 'zod';
import { BALANCES_PATHS, type ClientPair, PaycaError, paycaApi, type RequestIds } from '../payca/api';
import { listVersions, moveStage, readVersion } from '../payca/credentials-secret';
import { describeError, log } from '../payca/log';
import { Meter } from '../payca/metrics';
import { numberVariable, variable } from '../payca/variables';
import { change, figures, type Outcome, type Promoter } from './promote';

const HOUR_MS = 60 * 60 * 1000;
const requestSchema = z.union([z.strictObject({ promote: z.string() }), z.strictObject({ rollback: z.literal(true) })]);

type PromotionEvent = EventBridgeEvent<'Scheduled Event', unknown> | z.infer<typeof requestSchema>;

/** Changes the current pair for an operator; on its schedule it only measures. */
export async function handler(event: PromotionEvent, context: Context): Promise<Outcome | undefined> {
  const meter = new Meter();
  log.resetKeys();
  log.appendKeys({ functionRequestId: context.awsRequestId });
  try {
    if ('detail-type' in event) return await measure(meter);
    return report(await change(requestSchema.parse(event), promoter(meter)), meter);
  } catch (error) {
    if (!('detail-type' in event)) meter.add('PromotionFailed');
    log.error('promote-credentials failed', { problem: describeError(error) });
    throw error;
  } finally {
    meter.publish();
  }
}

function promoter(meter: Meter): Promoter {
  return {
    versions: listVersions,
    read: readVersion,
    move: moveStage,
    prove: (pair) => readBalances(pair, meter),
    overlapMs: numberVariable('OVERLAP_HOURS') * HOUR_MS,
    now: Date.now,
  };
}

/** An authenticated read: `/health` may be public and would prove nothing (payca-contract.md, 2). */
async function readBalances(pair: ClientPair, meter: Meter): Promise<RequestIds> {
  const onFailure = ({ code }: { code: string }) => meter.add('PaycaErrors', 1, { Code: code });
  const path = BALANCES_PATHS[variable('PAYCA_BALANCES') as keyof typeof BALANCES_PATHS];
  const call = { method: 'GET', path } as const;
  const answer = await paycaApi({ credentials: () => pair, onFailure }).call(call);
  // Whatever stands before PayCA may answer 200 too, and has not seen the pair.
  if (typeof answer.body !== 'object' || answer.body === null) throw new PaycaError(call, { ...answer, code: 'other' });
  return answer.requestId;
}

function report(outcome: Outcome, meter: Meter): Outcome {
  const failed = outcome.result === 'refused' || outcome.result === 'unproven';
  if (failed) meter.add('PromotionFailed');
  log[failed ? 'warn' : 'info'](`credentials ${outcome.result}`, { outcome });
  return outcome;
}

async function measure(meter: Meter): Promise<undefined> {
  const { missing, ageDays } = await figures({ versions: listVersions, read: readVersion, now: Date.now });
  meter.add('CredentialsMissing', missing ? 1 : 0);
  if (ageDays !== undefined) meter.add('CredentialsAgeDays', ageDays);
}
