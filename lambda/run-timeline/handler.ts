import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { describeError, log } from '../payca/log';
import { Meter } from '../payca/metrics';
import { variable } from '../payca/variables';
import { commandSchema, Refusal } from './commands';
import { callerOf, IdentityError } from './identity';
import { readinessSchema } from './readiness';
import type { Reply } from './reply';
import { command, runDue } from './run';
import { awsWorld, recallLaunch, recallReadiness, rememberReadiness } from './world';

const identity = z.strictObject({ headers: z.record(z.string(), z.string()) });
const requestSchema = z.union([
  z.strictObject({ ask: z.literal('status') }),
  z.strictObject({ identity, readiness: readinessSchema }),
  z.strictObject({ identity, wanted: commandSchema }),
]);

/** Runs what is due of the launch on its schedule, and does what operators ask in between. */
export async function handler(event: object, context: Context): Promise<Reply | undefined> {
  const meter = new Meter();
  log.resetKeys();
  log.appendKeys({ functionRequestId: context.awsRequestId });
  try {
    if ('detail-type' in event) return void (await runDue(awsWorld(meter)));
    return await reply(event, meter);
  } catch (error) {
    meter.add('LaunchStepsFailed');
    log.error('run-timeline failed', { problem: describeError(error) });
    throw error;
  } finally {
    meter.publish();
  }
}

async function reply(event: object, meter: Meter): Promise<Reply> {
  const request = requestSchema.parse(event);
  if ('ask' in request) return { launch: await recallLaunch(), readiness: await recallReadiness() };
  try {
    const signed = 'readiness' in request ? request.readiness : request.wanted;
    const by = await callerOf(request.identity, signed, { url: stsUrl() });
    if ('wanted' in request) return await command(awsWorld(meter), request.wanted, by);
    await rememberReadiness({ ...request.readiness, at: new Date().toISOString(), by });
    return { launch: await recallLaunch(), readiness: await recallReadiness() };
  } catch (error) {
    if (error instanceof Refusal || error instanceof IdentityError) return { refused: error.message };
    throw error;
  }
}

/** Where the SDK would find STS. */
function stsUrl(): string {
  const { AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL } = process.env;
  return AWS_ENDPOINT_URL_STS ?? AWS_ENDPOINT_URL ?? `https://sts.${variable('AWS_REGION')}.amazonaws.com/`;
}
