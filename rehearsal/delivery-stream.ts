import { setTimeout as sleep } from 'node:timers/promises';
import { acknowledge, path } from './acts/first-deploy';
import type { Client } from './client';
import { type Credentials, payload, type Random, type Webhook, webhook } from './payca';
import type { World } from './world';

/** Leaves the machine room for what happens beside the stream. */
const PAUSE_MS = 20;
const SENDERS = 2;

/** PayCA, sending all the while, signed with whatever key it signs with at the moment. What is not acknowledged it sends again. */
export class DeliveryStream {
  readonly sent: Webhook[] = [];
  /** Refused although signed with a pair that we had been given. */
  refused = 0;
  /** Refused because nobody had given us the pair yet. */
  early = 0;
  private readonly given = new Set<string>();
  private readonly unacknowledged: Webhook[] = [];
  private readonly client: Client;
  private running?: Promise<unknown>;
  private stopping = false;

  constructor(
    private readonly world: World,
    private readonly random: Random,
  ) {
    this.client = world.client({ connections: SENDERS });
  }

  /** From now on nothing signed with this pair may be refused. */
  weHave({ clientSecret }: Credentials): void {
    this.given.add(clientSecret);
  }

  start(): void {
    this.stopping = false;
    this.running = Promise.all(
      Array.from({ length: SENDERS }, async () => {
        while (!this.stopping) {
          await this.deliver(this.world.payca.signingKey);
          await sleep(PAUSE_MS);
        }
      }),
    );
  }

  /** Ends the stream; then PayCA sends again what was not acknowledged. Gives how many are lost even so. */
  async stop(): Promise<number> {
    this.stopping = true;
    await this.running;
    const left = await Promise.all(this.unacknowledged.splice(0).map(async (one) => !(await this.post(one)).done));
    return left.filter(Boolean).length;
  }

  /** Waits until so many more have been sent. */
  async more(count: number): Promise<void> {
    for (const goal = this.sent.length + count; this.sent.length < goal; ) await sleep(PAUSE_MS);
  }

  /** One delivery; gives the status that answers it. */
  async deliver(credentials: Credentials): Promise<number> {
    const one = webhook(JSON.stringify(payload(this.random)), credentials, this.random);
    const ours = this.given.has(credentials.clientSecret);
    this.sent.push(one);
    const { done, status } = await this.post(one);
    if (!done) this.unacknowledged.push(one);
    if (!done && ours) this.refused += 1;
    if (!done && !ours) this.early += 1;
    return status;
  }

  private async post({ body, headers }: Webhook): Promise<{ done: boolean; status: number }> {
    const { status } = await this.client.post(path(this.world), body, headers).catch(() => ({ status: 0 }));
    return { done: status === Number(acknowledge(this.world)), status };
  }
}
