import { APPROVED, CUSTOMERS_CARDS, DECLINED } from '../../../lambda/payca/events';
import type { StageConfig } from '../../config/schema';
import {
  type AlarmRow,
  alarmNameOf,
  counted,
  isExpected,
  isTrue,
  orZero,
  own,
  type Places,
  signalNameOf,
  stateReason,
  tail,
  teamErrors,
} from './alarm-row';
import { declines, scoreTest } from './score-test';

/** Four looks at PayCA. */
const UNKNOWN_MINUTES = 20;
const RATE_LIMITED = 'rate-limited';
const DECLINE_MINUTES = 15;
const BAND = 3;

/** Rows about money and about PayCA itself. */
export function paycaRows(config: StageConfig, places: Places): AlarmRow[] {
  return [...balances(config), ...calls(config), ...declineRate(config, places)];
}

function balances(config: StageConfig): AlarmRow[] {
  const thresholds = Object.entries(config.monitoring.balanceThresholds);
  const low = thresholds.map(([currency, amount]): AlarmRow => {
    const id = `balance-low-${currency.toLowerCase()}`;
    return {
      id,
      severity: 'page',
      line: '5.3',
      when: `The balance was under ${amount} ${currency} at two looks in a row.`,
      impact: `When the ${currency} balance is used up, every authorization on it is declined.`,
      command: stateReason(config, alarmNameOf(config, { id, severity: 'page' })),
      page: 'balance-low.md#first-five-minutes',
      metrics: { balance: own(config, 'BalanceAvailable', 'Minimum', { Currency: currency }) },
      expression: 'balance',
      comparison: 'below',
      // The alarm itself knows only floating-point numbers.
      threshold: Number(amount),
      periodMinutes: 5,
      datapoints: { breaching: 2, of: 2 },
      missing: 'ignore',
    };
  });
  return [
    ...low,
    {
      id: 'balance-unknown',
      severity: 'page',
      line: '5.3',
      when: `No balance could be read for ${UNKNOWN_MINUTES} minutes, or nobody tried.`,
      impact: 'The balance alarms are blind: the money may run out, and every card be declined, without a warning.',
      command: health(config),
      page: 'balance-unknown.md#first-five-minutes',
      metrics: { unknown: own(config, 'BalanceUnknown', 'Minimum') },
      // Before the launch there may be no credentials yet, so only from then on is it wrong not to know.
      ...isTrue(`IF(${isExpected(config, 'unknown')}, FILL(unknown, 1), 0)`),
      periodMinutes: UNKNOWN_MINUTES,
      missing: 'breaching',
      quietDuring: 'payca-unreachable',
    },
  ];
}

function calls(config: StageConfig): AlarmRow[] {
  const { rateLimitedPer5Minutes, teamLogGroups } = config.monitoring;
  const [teamLog] = teamLogGroups;
  const code = 'ErrRateLimited';
  const ours = { own: own(config, 'PaycaErrors', 'Sum', { Code: code }) };
  return [
    {
      id: 'payca-unreachable',
      severity: 'page',
      line: '7.4',
      when: 'PayCA did not answer at two of the last six looks, which are five minutes apart.',
      impact: 'No top-up, transfer or new card gets through, balances are unknown, and webhooks may stop.',
      command: health(config),
      page: 'payca-unreachable.md#first-five-minutes',
      metrics: { reachable: own(config, 'PaycaReachable', 'Minimum') },
      expression: 'reachable',
      comparison: 'below',
      threshold: 1,
      periodMinutes: 5,
      // Quick to rise and slow to fall, so that what PayCA's outage raises is explained by it for the whole time.
      datapoints: { breaching: 2, of: 6 },
      // When nobody looks, `balance-unknown` says so.
      missing: 'not-breaching',
    },
    {
      id: RATE_LIMITED,
      severity: 'page',
      line: '5.4',
      when: `PayCA answered ${code} ${rateLimitedPer5Minutes} times or more in 5 minutes.`,
      impact: 'PayCA refuses our calls for being too many: top-ups, transfers and card orders are late or fail.',
      command: teamLog
        ? tail(config, teamLog, '10m', code)
        : stateReason(config, signalNameOf(config, { id: RATE_LIMITED })),
      page: 'rate-limited.md#first-five-minutes',
      metrics: teamLog ? { ...ours, team: counted(config, teamErrors(code)) } : ours,
      expression: teamLog ? `${orZero('own')} + ${orZero('team')}` : orZero('own'),
      comparison: 'at least',
      threshold: rateLimitedPer5Minutes,
      periodMinutes: 5,
      missing: 'not-breaching',
      quietDuring: 'payca-unreachable',
    },
  ];
}

function declineRate(config: StageConfig, { receiverLog }: Places): AlarmRow[] {
  const { expectedDeclinePercent } = config.monitoring;
  const test = declines(expectedDeclinePercent / 100);
  const decisions = (Decision: string) => own(config, 'CardDecisions', 'Sum', { Cards: CUSTOMERS_CARDS, Decision });
  const shared = {
    id: 'decline-rate',
    line: '5.5',
    metrics: { approved: decisions(APPROVED), declined: decisions(DECLINED) },
    impact: 'More customers than usual are declined at the till or online: they pay with something else, or call us.',
    command: tail(config, receiverLog, `${DECLINE_MINUTES}m`, '"card_transaction.decline"'),
    periodMinutes: DECLINE_MINUTES,
    missing: 'not-breaching',
  } as const;
  return [
    {
      ...shared,
      ...isTrue(scoreTest({ n: `(${orZero('approved')} + ${orZero('declined')})`, f: orZero('declined'), ...test })),
      severity: 'ticket',
      when: `In ${DECLINE_MINUTES} minutes more was declined than ${percent(test.p)} %, 1.5 times the usual ${expectedDeclinePercent} %, explains.`,
      page: 'decline-rate.md#first-five-minutes',
      quietDuring: 'payca-unreachable',
    },
    {
      ...shared,
      expression: '100*declined/(approved + declined)',
      comparison: 'above',
      threshold: 0,
      band: BAND,
      datapoints: { breaching: 3, of: 3 },
      severity: 'low',
      when: `The decline rate was more than ${BAND} standard deviations over what is usual at this hour, for 45 minutes.`,
      page: 'decline-rate.md#the-second-opinion',
    },
  ];
}

function percent(rate: number): number {
  return Number((rate * 100).toPrecision(6));
}

/** Without credentials: it tells only whether PayCA can be reached. */
function health({ payca }: StageConfig): string {
  return `curl -sS -m 10 -o /dev/null -w '%{http_code} after %{time_total} s\\n' ${payca.baseUrl}/health`;
}
