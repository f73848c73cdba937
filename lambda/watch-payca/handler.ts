import type { Context } from 'aws-lambda';
import { paycaApi } from '../payca/api';
import { currentPair } from '../payca/credentials-secret';
import { InboxReader } from '../payca/inbox-reader';
import { log } from '../payca/log';
import { Meter } from '../payca/metrics';
import { Progress } from '../payca/progress';
import { optionalVariable, variable } from '../payca/variables';
import type { BalanceSource, LastLook } from './balances';
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
