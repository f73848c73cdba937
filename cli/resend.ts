import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { typeOf } from '../lambda/check-subscriptions/register';
import type { Counters } from '../lambda/check-subscriptions/resend';
import type { Verdict } from '../lambda/payca/evidence';
import { type InboxEntry, InboxReader } from '../lambda/payca/inbox-reader';
import { fields } from '../lambda/payca/json';
import { OperatorError, output, parseTime, readStage, stageOption, stageOutputs } from './stage';
import { askSubscriptions } from './subscriptions';

interface Options {
  readonly stage: string;
  readonly from: Date;
  readonly patience: number;
  readonly json: boolean;
}

/** A webhook that came after PayCA was asked and tells of something that happened before. */
export interface Late {
  readonly type: string;
  /** When it happened, as PayCA wrote it. */
  readonly happenedAt: string;
}

/** One call of PayCA's resend, and what came of it. */
export interface Round {
  readonly at: string;
  /** Absent when PayCA's answer holds none that add up. */
  readonly counters?: Counters;
  readonly arrived: readonly Late[];
}

const MAX_ROUNDS = 5;
const POLL_MS = 1000;
/** What happened within this time before the call may have been on its way anyway. */
const ON_ITS_WAY_MS = 60_000;

async function run({ stage, from, patience, json }: Options): Promise<void> {
  const config = readStage(stage);
  if (from >= new Date()) throw new OperatorError(`--from ${from.toISOString()} must be in the past`);
  const inbox = new InboxReader(output(await stageOutputs(config, ['state']), 'InboxTable'), config.region);
  const rounds: Round[] = [];
  do {
    const outcome = await askSubscriptions({ do: 'resend', from: from.toISOString(), key: randomUUID() }, config);
    if (outcome.result !== 'resent') throw new OperatorError(`unexpected answer: ${outcome.result}`);
    const { at, counters } = outcome.resent;
    const arrived = await arrivals(inbox, new Date(at), { expected: counters?.total, patience });
    rounds.push({ at, counters, arrived });
    if (!json) console.log(roundLine(rounds.length, rounds.at(-1) as Round));
  } while (isWorthAnotherRound(rounds));
  const { verdict, text } = conclusion(rounds);
  console.log(json ? JSON.stringify({ verdict, rounds }, undefined, 2) : `${text}\nverdict: ${verdict}`);
  process.exitCode = verdict === 'pass' ? 0 : 1;
}

/** What comes late, until PayCA's count is reached or nothing has come for so many seconds. */
async function arrivals(
  inbox: InboxReader,
  asked: Date,
  { expected, patience }: { readonly expected?: number; readonly patience: number },
): Promise<Late[]> {
  const late: Late[] = [];
  const seen = new Set<string>();
  const started = Date.now();
  for (let last = started; late.length < (expected ?? Infinity) && expected !== 0; ) {
    const before = late.length;
    const until = new Date(asked.getTime() + (Date.now() - started) + ON_ITS_WAY_MS);
    for await (const entry of inbox.received(asked, until)) {
      if (seen.has(entry.pk ?? '')) continue;
      seen.add(entry.pk ?? '');
      const found = await lateEvent(inbox, entry, asked);
      if (found) late.push(found);
    }
    if (late.length > before) last = Date.now();
    if (late.length >= (expected ?? Infinity) || Date.now() - last > patience * 1000) break;
    await sleep(POLL_MS);
  }
  return late;
}

async function lateEvent(
  inbox: InboxReader,
  { pk = '', event = '' }: InboxEntry,
  asked: Date,
): Promise<Late | undefined> {
  const body = fields(JSON.parse((await inbox.body(pk)) ?? 'null'));
  const happenedAt = fields(body.data).timestamp ?? body.timestamp;
  if (typeof happenedAt !== 'string' || !(Date.parse(happenedAt) < asked.getTime() - ON_ITS_WAY_MS)) return undefined;
  return { type: typeOf(event), happenedAt };
}

/** Again while PayCA still counts failed deliveries and something came, so that many at once may take several rounds. */
export function isWorthAnotherRound(rounds: readonly Round[]): boolean {
  const { counters, arrived } = rounds.at(-1) as Round;
  if (!counters || counters.total === 0 || rounds.length >= MAX_ROUNDS) return false;
  const before = rounds.at(-2)?.counters?.total ?? Infinity;
  return arrived.length > 0 || counters.total < before;
}

/** What came compared with what was missing by PayCA's own count. */
export function conclusion(rounds: readonly Round[]): { readonly verdict: Verdict; readonly text: string } {
  const counted = rounds[0]?.counters?.total;
  const left = rounds.at(-1)?.counters?.total;
  const arrived = rounds.flatMap((round) => round.arrived);
  if (counted === undefined || left === undefined)
    return { verdict: 'no-data', text: `PayCA tells no counters; ${came(arrived)}: compare by golive events find` };
  if (counted === 0) return { verdict: 'pass', text: 'PayCA counts no failed delivery since then' };
  if (left > 0)
    return { verdict: 'fail', text: `PayCA still counts ${left} failed; ${came(arrived)}: run this again later` };
  const fewer = counted - arrived.length;
  if (fewer <= 0)
    return { verdict: 'pass', text: `${came(arrived)}, as many as PayCA counted; nothing failed is left` };
  const hint = 'they were here before, or tell no time, or are on their way: run this again';
  return {
    verdict: 'no-data',
    text: `${came(arrived)}, ${fewer} fewer than PayCA counted (${hint}); nothing failed is left`,
  };
}

function roundLine(number: number, { at, counters, arrived }: Round): string {
  const parts = Object.entries(counters?.byType ?? {}).map(([type, count]) => `${type} ${count}`);
  const told = counters
    ? `PayCA counts ${counters.total}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`
    : 'no counters';
  return `round ${number}, ${at}: ${told}; ${came(arrived)}`;
}

function came(arrived: readonly Late[]): string {
  if (arrived.length === 0) return 'nothing came that had happened before';
  const times = arrived.map(({ happenedAt }) => happenedAt).sort();
  const types = [...new Set(arrived.map(({ type }) => type))].map(
    (type) => `${type} ${arrived.filter((one) => one.type === type).length}`,
  );
  return `${arrived.length} came that had happened from ${times[0]} to ${times.at(-1)} (${types.join(', ')})`;
}

function seconds(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of seconds from 1 to 9999.');
}

/** `golive resend`. */
export function resendCommand(): Command {
  return new Command('resend')
    .description('have PayCA send again what failed since a time; compare what came with what was missing')
    .addOption(stageOption())
    .addOption(
      new Option('--from <time>', 'in UTC; the last event before the gap is in `golive status`')
        .argParser(parseTime)
        .makeOptionMandatory(),
    )
    .option('--patience <seconds>', 'how long nothing may come before the next round', seconds, 120)
    .option('--json', 'print it as JSON', false)
    .action(run);
}
