import { cut, oneLine } from './text';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** Sends a request; gives the JSON of the answer (`undefined` for other text), or throws `ReceiverError`. */
export type Call = (request: HttpRequest) => Promise<unknown>;

/** A receiver did not take what it was sent. Nothing of the request is in it: addresses and headers may be secrets. */
export class ReceiverError extends Error {
  constructor(
    message: string,
    readonly status?: number,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
    this.name = 'ReceiverError';
  }
}

const TIMEOUT_MS = 5000;
const EXCERPT = 200;

/** Calls with `key`, which is struck out of what is repeated from an answer, in case a receiver echoes it. */
export function httpCall(key: string, timeoutMs: number = TIMEOUT_MS): Call {
  return async ({ method, url, headers, body }) => {
    if (!URL.canParse(url) || !url.startsWith('https://')) throw new ReceiverError('its address is no https URL');
    const { response, text } = await exchange(
      url,
      {
        method,
        headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
        // An address that has moved is for a person to look at; the key must not follow it.
        redirect: 'manual',
      },
      timeoutMs,
    );
    if (response.ok) return json(text);
    const secrets = [key, headers.authorization?.split(' ')[1]];
    const struck = secrets.reduce<string>(
      (rest, secret) => (secret ? rest.replaceAll(secret, '(not shown)') : rest),
      text,
    );
    const said = cut(oneLine(struck), EXCERPT);
    throw new ReceiverError(
      `answered ${response.status}${said ? `: ${said}` : ''}`,
      response.status,
      retryAfter(response.headers.get('retry-after')),
    );
  };
}

async function exchange(
  url: string,
  init: RequestInit,
  timeoutMs: number,
): Promise<{ response: Response; text: string }> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    return { response, text: await response.text() };
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    throw new ReceiverError(
      name === 'TimeoutError' ? `no answer within ${timeoutMs / 1000} s` : `not reached: ${cause?.code ?? name}`,
    );
  }
}

/** Seconds; a date, which is allowed too, is left to our own pauses. */
function retryAfter(header: string | null): number | undefined {
  return header && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
