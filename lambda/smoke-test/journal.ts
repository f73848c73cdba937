import type { PaycaCall } from '../payca/api';
import type { Progress } from '../payca/progress';

/** Something at PayCA that has to be undone. It is written down before it is made. */
export interface OpenThing {
  readonly kind: 'user' | 'card' | 'transfer' | 'topup';
  /** Run and step that made it. */
  readonly run: string;
  readonly step: string;
  /** When it was first asked for, ISO 8601 in UTC. */
  readonly at: string;
  /** The call that makes it, under the key by which PayCA knows a repetition. */
  readonly call: Pick<PaycaCall, 'method' | 'path' | 'body'> & { readonly idempotencyKey: string };
  /** The call that undoes it; `{id}` in its path stands for the id of what was made. */
  readonly undoing: Pick<PaycaCall, 'method' | 'path' | 'body'>;
  /** Id of the card that a topup is of. */
  readonly card?: string;
  /** Request ids of that call and of what was done to undo it, for PayCA's support. */
  readonly requestIds: readonly string[];
  /** Absent while nobody knows whether it was made; its id is absent where PayCA's answer named none. */
  readonly made?: { readonly id?: string };
  /** The call that moves money back, once it has been begun. */
  readonly back?: { readonly at: string; readonly idempotencyKey: string };
  /** How often undoing it was tried in vain, and why the last time. */
  readonly tries: number;
  readonly reason?: string;
}

const OPEN = 'open';

/** What is not undone yet, of this run and of those before it, oldest first. */
export class Journal {
  private constructor(
    private readonly progress: Pick<Progress, 'remember'>,
    private things: readonly OpenThing[],
  ) {}

  static async read(progress: Pick<Progress, 'recall' | 'remember'>): Promise<Journal> {
    return new Journal(progress, ((await progress.recall(OPEN)) ?? []) as readonly OpenThing[]);
  }

  get open(): readonly OpenThing[] {
    return this.things;
  }

  /** Writes a new thing down, or what has become of one. */
  async keep(thing: OpenThing): Promise<OpenThing> {
    const others = this.things.filter((one) => !isSame(one, thing));
    const at = this.things.findIndex((one) => isSame(one, thing));
    await this.write(at < 0 ? [...others, thing] : this.things.with(at, thing));
    return thing;
  }

  /** It is undone, or was never made. */
  async close(thing: OpenThing): Promise<void> {
    await this.write(this.things.filter((one) => !isSame(one, thing)));
  }

  private async write(things: readonly OpenThing[]): Promise<void> {
    await this.progress.remember(OPEN, things);
    this.things = things;
  }
}

function isSame(one: OpenThing, other: OpenThing): boolean {
  return one.call.idempotencyKey === other.call.idempotencyKey;
}
