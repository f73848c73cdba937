import { Agent, request } from 'node:https';
import { authority } from '../../rehearsal/certificates';
import { Random } from '../../rehearsal/payca';
import { PaycaApiServer, type PaycaOptions } from '../../rehearsal/payca-api';

export interface Answer {
  /** 0 when the connection broke. */
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export const HOUR = 60 * 60 * 1000;

/** PayCA on this machine, and a client of it. */
export class Caller {
  private static readonly running: Caller[] = [];

  private constructor(
    readonly payca: PaycaApiServer,
    private readonly url: string,
    private readonly agent: Agent,
  ) {}

  static async to(options?: PaycaOptions): Promise<Caller> {
    const payca = new PaycaApiServer(new Random(7), options);
    payca.issue();
    const pair = await authority('PayCA', { hosts: ['127.0.0.1'] });
    const caller = new Caller(payca, await payca.listen(pair), new Agent({ ca: pair.pem, keepAlive: true }));
    Caller.running.push(caller);
    return caller;
  }

  static closeAll(): void {
    for (const { agent, payca } of Caller.running.splice(0)) {
      agent.destroy();
      payca.close();
    }
  }

  call(method: string, path: string, body?: unknown, key?: string): Promise<Answer> {
    const { clientId, clientSecret } = this.payca.signingKey;
    const known = { 'x-client-id': clientId, 'x-client-secret': clientSecret, 'x-request-id': 'ours-1' };
    const headers = key === undefined ? known : { ...known, 'idempotency-key': key };
    return new Promise((resolve) => {
      const broken = () => resolve({ status: 0, body: {} });
      const outgoing = request(`${this.url}${path}`, { method, agent: this.agent, headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('error', broken);
        response.on('end', () => resolve({ status: Number(response.statusCode), body: JSON.parse(text || '{}') }));
      });
      outgoing.setTimeout(500, () => outgoing.destroy());
      outgoing.on('error', broken);
      outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** The body of an answer that must be 2xx. */
  async made(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
    const answer = await this.call(method, path, body);
    if (answer.status === 0 || answer.status >= 300) throw new Error(`${method} ${path}: ${said(answer)}`);
    return answer.body;
  }
}

/** Status and code of a refusal. */
export function said({ status, body }: Answer): string {
  const { error } = body as { error?: { code?: string; details?: { field?: string } } };
  return [status, error?.code, error?.details?.field].filter((part) => part !== undefined).join(' ');
}
