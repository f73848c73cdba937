import { setTimeout as sleep } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { describeError, log } from '../payca/log';
import { Progress } from '../payca/progress';
import { variable } from '../payca/variables';
import type { SmokeResult } from '../smoke-test/result';
import type { SmokeRequest } from '../smoke-test/run';
import { type Answer, judgeRelease, type ReleaseRecord, type ReleaseRequest, type ReleaseWorld } from './judge';

const progress = new Progress('judge-release');
/** One try: the runs of two would be in each other's way. */
const lambda = new LambdaClient({ maxAttempts: 1 });
const PHYSICAL_ID = 'release';
/** An answer has room for 4,096 bytes. */
const MAX_REASON = 1000;
const TRIES = 5;

/** A custom resource of CloudFormation: tests what was deployed, and always answers. */
export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  log.resetKeys();
  log.appendKeys({ functionRequestId: context.awsRequestId });
  const answer = await judgeRelease(requestOf(event), world);
  log[answer.status === 'FAILED' ? 'error' : 'info'](`release ${answer.status}`, { reason: answer.reason });
  await tell(event, answer);
}

function requestOf(event: CloudFormationCustomResourceEvent): ReleaseRequest {
  const { Release, OnFailure } = event.ResourceProperties;
  return {
    type: event.RequestType,
    release: String(Release),
    former: event.RequestType === 'Update' ? String(event.OldResourceProperties.Release) : undefined,
    onFailure: OnFailure === 'rollback' ? 'rollback' : 'report',
  };
}

const world: ReleaseWorld = {
  recall: async (release) => (await progress.recall(thing(release))) as ReleaseRecord | undefined,
  remember: (release, record) => progress.remember(thing(release), record),
  test,
  now: () => new Date(),
  onProblem: (error) => log.error('release not tested', { problem: describeError(error) }),
};

function thing(release: string): string {
  return `release#${release}`;
}

async function test(release: string): ReturnType<ReleaseWorld['test']> {
  const request: SmokeRequest = { steps: 'deploy', release, actor: 'deploy' };
  const FunctionName = variable('SMOKE_FUNCTION');
  const { FunctionError, Payload } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(request)) }),
  );
  const result: SmokeResult = JSON.parse(Buffer.from(Payload ?? []).toString());
  if (FunctionError) throw new Error(`${FunctionName} failed`);
  const told = result.steps.filter(({ verdict }) => verdict !== 'pass');
  const summary = told.map(({ id, verdict, reason }) => `${id} ${verdict} (${reason})`).join(', ');
  return { verdict: result.verdict, summary: summary || `${result.steps.length} steps` };
}

/** Without an answer CloudFormation waits for the resource's whole time-out. */
async function tell(event: CloudFormationCustomResourceEvent, { status, reason }: Answer): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const body = JSON.stringify({
    Status: status,
    Reason: reason.slice(0, MAX_REASON),
    PhysicalResourceId: PHYSICAL_ID,
    StackId,
    RequestId,
    LogicalResourceId,
  });
  for (let tries = 1; ; tries += 1) {
    try {
      // The address is signed for a request without a content type.
      const { ok, status: answered } = await fetch(event.ResponseURL, {
        method: 'PUT',
        body,
        headers: { 'content-type': '' },
      });
      if (ok) return;
      throw new Error(`CloudFormation's address answered ${answered}`);
    } catch (error) {
      if (tries === TRIES) throw error;
      await sleep(1000 * tries);
    }
  }
}
