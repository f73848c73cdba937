import type { Context, EventBridgeEvent } from 'aws-lambda';
import { type PaycaError, paycaApi } from '../payca/api';
import { currentPair } from '../payca/credentials-secret';
import { InboxReader } from '../payca/inbox-reader';
import { describeError, log } from '../payca/log';
import { Meter } from '../payca/metrics';
import { Progress } from '../payca/progress';
import { variable } from '../payca/variables';
import { overdue } from './check';
import { type Operator, type Outcome, operate, type Request, requestSchema } from './operation';
import { EMPTY, type Register, type Wanted, wantedSubscriptions } from './register';

const inbox = new InboxReader(variable('INBOX_TABLE'), variable('AWS_REGION'));
const progress = new Progress('check-subscriptions');
const wanted = wantedSubscriptions(
  variable('WEBHOOK_URL'),
  variable('WEBHOOK_REGISTRATION') as Wanted['form'],
  variable('WEBHOOK_TYPES').split(','),
);

/** Looks after the webhook subscriptions: for an operator what is asked for, on its schedule a check. */
export async function handler(
  event: EventBridgeEvent<'Scheduled Event', unknown> | Request,
  context: Context,
): Promise<Outcome> {
  const meter = new Meter();
  log.resetKeys();
  log.appendKeys({ functionRequestId: context.awsRequestId });
  const daily = 'detail-type' in event;
  try {
    const request = daily ? { do: 'check' as const } : requestSchema.parse(event);
    const outcome = await outcomeOf(request, daily, meter);
    measure(outcome, meter);
    log.info('subscriptions', { request, outcome });
    return outcome;
  } catch (error) {
    // What cannot be checked is not known to be well.
    if (daily) meter.add('SubscriptionProblems');
    log.error('check-subscriptions failed', { problem: describeError(error) });
    throw error;
  } finally {
    meter.publish();
  }
}

async function outcomeOf(request: Request, daily: boolean, meter: Meter): Promise<Outcome> {
  const pair = await currentPair();
  if (!pair) return { result: 'no-credentials' };
  // 404 is an answer here: PayCA offers no list, or has no such subscription.
  const onFailure = ({ code }: PaycaError) => code !== 'ErrNotFound' && meter.add('PaycaErrors', 1, { Code: code });
  const operator: Operator = {
    api: paycaApi({ credentials: () => pair, onFailure }),
    inbox,
    store: {
      recall: async () => ((await progress.recall('register')) as Register | undefined) ?? EMPTY,
      remember: (register, former) => progress.rememberIf('register', register, former === EMPTY ? undefined : former),
    },
    wanted,
    description: `golive ${variable('STAGE')}`,
    stage: variable('STAGE'),
    now: () => new Date(),
  };
  return operate(request, operator, daily);
}

function measure(outcome: Outcome, meter: Meter): void {
  if (outcome.result !== 'done') return;
  meter.add('SubscriptionsUnconfirmed', overdue(outcome.report, new Date()).length);
  meter.add('SubscriptionProblems', outcome.report.problems.length);
}
