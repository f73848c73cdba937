import { BALANCES_PATHS, type PaycaAnswer, type PaycaApi, PaycaError } from '../payca/api';
import { currencyDimension } from '../payca/events';
import type { Meter } from '../payca/metrics';
import { type Balance, type BalanceSource, dailySpends, moved, readBalances, UNKNOWN_CURRENCY } from './balances';

/** What a look at PayCA needs of the world. */
export interface Watch {
  readonly api: Pick<PaycaApi, 'call'>;
  readonly source: BalanceSource;
  /** The currency of an answer that names none. */
  readonly currency?: string;
  /** Money spent in the last day, by currency. */
  readonly spentInADay: (now: Date) => Promise<ReadonlyMap<string, string>>;
  /** The balances of the last look, or `undefined` before the first. */
  readonly recall: () => Promise<readonly Balance[] | undefined>;
  readonly remember: (balances: readonly Balance[]) => Promise<void>;
  readonly now: () => Date;
}

/** Looks at PayCA once: whether it answers, how fast, and the balances. Gives what could not be learned, for the log. */
export async function watch(world: Watch, meter: Meter): Promise<string[]> {
  await reachability(world, meter);
  const { balances, problems } = await balancesNow(world);
  meter.add('BalanceUnknown', problems.length > 0 ? 1 : 0);
  const spent = await world.spentInADay(world.now());
  for (const { currency, available, pending, feesThisMonth } of balances) {
    const dimensions = { Currency: currencyDimension(currency) };
    // Exact up to here; CloudWatch takes floating point only.
    meter.add('BalanceAvailable', Number(available), dimensions);
    meter.add('BalancePending', Number(pending), dimensions);
    if (feesThisMonth !== undefined) meter.add('FeesThisMonth', Number(feesThisMonth), dimensions);
    const days = dailySpends(available, spent.get(currency) ?? '0');
    if (days !== undefined) meter.add('BalanceToDailySpend', days, dimensions);
  }
  if (balances.length > 0) {
    const before = await world.recall();
    if (before) meter.add('LedgerMoved', moved(before, balances) ? 1 : 0);
    await world.remember(balances);
  }
  return problems;
}

/** A refusal is an answer too; only silence and PayCA's own failures count as down. */
async function reachability({ api }: Watch, meter: Meter): Promise<void> {
  const answer = await attempt(api, '/health');
  const down =
    answer instanceof PaycaError &&
    (answer.code === 'Network' || answer.code === 'Timeout' || (answer.status ?? 0) >= 500);
  meter.add('PaycaReachable', down ? 0 : 1);
  if (!down) meter.add('PaycaLatencyMs', answer.latencyMs);
}

async function balancesNow({
  api,
  source,
  currency,
}: Watch): Promise<{ balances: readonly Balance[]; problems: string[] }> {
  const answer = await attempt(api, BALANCES_PATHS[source]);
  if (answer instanceof PaycaError) return { balances: [], problems: [answer.message] };
  const { balances, problems } = readBalances(answer.body, source, currency);
  const nameless = balances.some((balance) => balance.currency === UNKNOWN_CURRENCY);
  return { balances, problems: nameless ? [...problems, 'a balance without a currency'] : [...problems] };
}

async function attempt(api: Watch['api'], path: string): Promise<PaycaAnswer | PaycaError> {
  try {
    return await api.call({ method: 'GET', path });
  } catch (error) {
    if (error instanceof PaycaError) return error;
    throw error;
  }
}
