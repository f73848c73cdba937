import type { Context } from 'aws-lambda';
import { paycaApi } from '../payca/api';
import { currentPair } from '../payca/credentials-secret';
import { IMPORTS } from '../payca/imports';
import { InboxReader } from '../payca/inbox-reader';
import { describeError, log } from '../payca/log';
import { Meter } from '../payca/metrics';
import { Progress } from '../payca/progress';
import { optionalVariable, variable } from '../payca/variables';
import { RECONCILING } from '../reconcile-fees/reconciling';
import type { BalanceSource, LastLook } from './balances';
import { type Noted, overdueWork } from './launch-work';
import { DailySpend } from './spend';
import { type Watch, watch } from './watch';

const DAY_MS = 24 * 60 * 60 * 1000;
const inbox = new InboxReader(variable('INBOX_TABLE'), variable('AWS_REGION'));
const spend = new DailySpend((from, to) => inbox.received(from, to));
const progress = new Progress('watch-payca');

/** Looks at PayCA on a schedule and tells what it saw as metrics. */
export async function handler(_event: unknown, context: Context): Promise<void> {
  const meter = new Meter();
  log.resetKeys();
  log.appendKeys({ functionRequestId: context.awsRequestId });
  try {
    truststore(meter);
    await launchWork(meter);
    const pair = await currentPair();
    if (!pair) return log.warn('credentials not supplied: PayCA was not asked');
    const api = paycaApi({
      credentials: () => pair,
      onFailure: ({ code }) => meter.add('PaycaErrors', 1, { Code: code }),
    });
    const problems = await watch({ ...WORLD, api }, meter);
    if (problems.length > 0) log.warn('balances are not known', { problems });
  } finally {
    meter.publish();
  }
}

const WORLD: Omit<Watch, 'api'> = {
  source: variable('PAYCA_BALANCES') as BalanceSource,
  currency: optionalVariable('BALANCE_CURRENCY'),
  spentInADay: (now) => spend.until(now),
  recall: async () => ((await progress.recall('balances')) as LastLook | undefined)?.balances,
  remember: (balances) => progress.remember('balances', { at: new Date().toISOString(), balances } satisfies LastLook),
  now: () => new Date(),
};

/** ACM watches its own certificates; the truststore is ours to watch. */
function truststore(meter: Meter): void {
  const ends = optionalVariable('TRUSTSTORE_ENDS');
  if (ends) meter.add('TruststoreDaysLeft', (Date.parse(ends) - Date.now()) / DAY_MS);
}

/** What cannot be looked at now is looked at in five minutes; PayCA is watched all the same. */
async function launchWork(meter: Meter): Promise<void> {
  try {
    const [launch, reported, reconciling] = await Promise.all([
      new Progress('run-timeline').recall('launch'),
      new Progress('report-figures').recall('reported'),
      new Progress(RECONCILING).all(IMPORTS.statements),
    ]);
    const overdue = overdueWork({ launch, reported, reconciling } as Noted, new Date());
    if (overdue.launch.length + overdue.statements.length > 0) log.warn('not done in time', { ...overdue });
    meter.add('LaunchWorkOverdue', overdue.launch.length);
    if (overdue.statements.length > 0) meter.add('ReconciliationFailed', overdue.statements.length);
  } catch (error) {
    log.error('the work of the launch was not looked at', { problem: describeError(error) });
  }
}
