import type { InboxEntry } from '../payca/inbox-reader';
import { decimalsOf } from '../payca/money';
import { dependsOnTiming } from './fee-words';
import { type Flow, Flows } from './flows';
import type { CardStep, FeeLine, Outcome } from './lines';
import { joined } from './match';
import { ourEntry } from './our-side';
import { type Period, zoneOf } from './period';
import type { ReconciliationSettings } from './settings';
import type { StatementLine } from './statement';
import { type Summary, SummaryWriter } from './summary';
import { Tariff, type TariffRow } from './tariff';

const HOUR_MS = 60 * 60 * 1000;

/** What is to be reconciled, and what is known beside the two sides. */
export interface ReconciliationInput {
  readonly settings: ReconciliationSettings;
  readonly period: Period;
  /** Rows of the imported BIN catalogue; none when it was not imported. */
  readonly tariff: readonly TariffRow[];
  /** Whether a smoke test of ours caused a webhook. */
  readonly isSmoke: (entry: InboxEntry) => boolean;
  /** When it is done, in milliseconds since 1970: what may still clear by itself depends on it. */
  readonly asOf: number;
  readonly statementBytes: number;
}

/**
 * One reconciliation. Both sides are taken in, in any order; then the outcomes are read to the end; then the summary is
 * complete.
 */
export class Reconciliation {
  private readonly flows: Flows;
  private readonly tariff: Tariff;
  private readonly written: SummaryWriter;
  private readonly windowMs: number;

  constructor(private readonly input: ReconciliationInput) {
    const { settings, statementBytes, tariff, period, asOf } = input;
    this.flows = new Flows(statementBytes);
    this.tariff = new Tariff(tariff, (currency) => decimalsOf(currency, settings.decimals));
    this.written = new SummaryWriter(period, asOf, settings.decimals);
    this.windowMs = settings.timingWindowHours * HOUR_MS;
  }

  /** From when to when our side is to be taken in, in milliseconds since 1970. */
  get reach(): Period {
    const { from, to } = this.input.period;
    return { from: from - this.windowMs, to: Math.min(to + this.windowMs, this.input.asOf) };
  }

  takeStatement(line: StatementLine): void {
    this.written.booked(line);
    if (line.record === 'fee') this.takeFee('there', { ...line, place: `line ${line.line}` });
  }

  takeOurs(webhook: InboxEntry): void {
    const entry = ourEntry(webhook, this.input.settings.decimals);
    if (!entry) return;
    if (webhook.conflict || entry.record === 'unreadable') {
      const isOfPeriod = this.zone(Date.parse(webhook.receivedAt ?? '')) === 'in';
      if (isOfPeriod && entry.record !== 'step') this.written.unusable(webhook, entry);
      return;
    }
    if (entry.reference !== '' && this.input.isSmoke(webhook)) this.flows.addSmoke(entry.reference);
    if (entry.record === 'step') this.flows.addStep(entry.reference, entry);
    else this.takeFee('here', entry);
  }

  /** Every fee of the period, once, by the time. A large statement comes in parts, each by the time within itself. */
  *outcomes(): Generator<Outcome> {
    for (const flows of this.flows.drain()) yield* this.outcomesOfPart(flows);
  }

  summary(): Summary {
    return this.written.summary();
  }

  private takeFee(side: 'here' | 'there', fee: Omit<FeeLine, 'zone'>): void {
    const { reference, word, currency, amount, at, place } = fee;
    const zone = this.zone(at);
    this.written.taken(side, { word, currency, amount, zone });
    if (zone !== 'far') this.flows.addFee(side, { reference, word, currency, amount, at, zone, place });
  }

  private zone(at: number): FeeLine['zone'] {
    return zoneOf(at, this.input.period, this.windowMs);
  }

  private *outcomesOfPart(flows: ReadonlyMap<string, Flow>): Generator<Outcome> {
    const part = [...flows.values()].flatMap((flow) => this.outcomesOf(flow));
    for (const outcome of part.sort(byTime)) {
      this.written.outcome(outcome);
      yield outcome;
    }
  }

  private outcomesOf({ here, there, steps, isSmoke }: Flow): Outcome[] {
    if (isSmoke)
      return [...here.map((line) => ({ here: line })), ...there.map((line) => ({ there: line }))].flatMap(leftOut);
    return joined(here, there).map((outcome) => this.againstTariff(this.unlessNotSettled(outcome, steps), steps));
  }

  /**
   * Where webhooks and statement charge the fee of an authorization at different moments, a fee that the later of them does
   * not have is not missing before the card's transaction is settled, within the timing window.
   */
  private unlessNotSettled(outcome: Outcome, steps: readonly CardStep[]): Outcome {
    const { webhooks, statement } = this.input.settings.authorizationFee;
    const line = outcome.here ?? outcome.there;
    const later = outcome.kind === 'missing-there' ? statement : outcome.kind === 'missing-here' ? webhooks : undefined;
    if (!line || webhooks === statement || later !== 'settlement' || !dependsOnTiming(line.word)) return outcome;
    // What was settled after the period is not in the period's statement; its webhook would have been seen.
    const settledBy = outcome.kind === 'missing-there' ? this.input.period.to : Number.POSITIVE_INFINITY;
    const isSettled = steps.some(({ type, at }) => type === 'settle' && at < settledBy);
    const isOpen = !isSettled && steps.some(({ type }) => type === 'authorization');
    const due = line.at + this.windowMs;
    if (!isOpen || this.input.asOf >= due) return outcome;
    return {
      ...outcome,
      kind: 'timing',
      note: `not settled in the period: a break from ${new Date(due).toISOString()} on`,
    };
  }

  private againstTariff(outcome: Outcome, steps: readonly CardStep[]): Outcome {
    if (outcome.kind !== 'matched' || !outcome.here) return outcome;
    const { verdict, note } = this.tariff.judge(outcome.here, steps);
    this.written.tariff(verdict === 'not-judged' ? note : undefined);
    return { ...outcome, kind: verdict === 'off' ? 'matched-off-tariff' : 'matched', note };
  }
}

function leftOut(sides: Pick<Outcome, 'here' | 'there'>): Outcome[] {
  return (sides.here ?? sides.there)?.zone === 'in' ? [{ kind: 'smoke-test', ...sides }] : [];
}

function byTime(one: Outcome, other: Outcome): number {
  const [first, second] = [one.there ?? one.here, other.there ?? other.here];
  if (!first || !second) return 0;
  return first.at - second.at || (first.reference < second.reference ? -1 : 1);
}
