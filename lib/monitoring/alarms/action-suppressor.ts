import type { State } from '../evaluation/alarm-state';

/** How a composite alarm's actions are held back, in milliseconds. */
export interface Suppression {
  /** Name of the alarm that holds them back while it is in ALARM. */
  readonly suppressor: string;
  /** How long the composite waits for its suppressor before it acts. */
  readonly wait: number;
  /** How long it still holds back after the suppressor has left ALARM. */
  readonly extension: number;
}

/**
 * When a composite alarm acts. Times are milliseconds since 1970 and are told in order.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
 */
export class ActionSuppressor {
  private suppressed = false;
  /** There is a change of the composite that has not been acted on. */
  private outstanding = false;
  private holdsUntil: number | undefined;

  constructor(private readonly suppression: Suppression) {}

  /** The suppressor's state, told before that of the composite at the same time. */
  suppressorIs(state: State, at: number): void {
    const suppressed = state === 'ALARM';
    if (suppressed === this.suppressed) return;
    this.suppressed = suppressed;
    this.holdsUntil = suppressed ? undefined : at + this.suppression.extension;
  }

  /** The composite has changed its state: a new wait begins and replaces what was waited for. */
  changed(at: number): void {
    this.outstanding = true;
    this.holdsUntil = at + this.suppression.wait;
  }

  /** When the composite acts on its state, if that is due by `now`; told of all changes until then. */
  due(now: number): number | undefined {
    if (this.suppressed || this.holdsUntil === undefined || this.holdsUntil > now) return undefined;
    const at = this.holdsUntil;
    this.holdsUntil = undefined;
    if (!this.outstanding) return undefined;
    this.outstanding = false;
    return at;
  }
}
