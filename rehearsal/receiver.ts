import type { Json } from './template';

/** What a receiver is sent. */
export interface Sent {
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly text: string;
}

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One receiver outside AWS, as far as it is documented. */
export interface Receiver {
  /** Whether the call is for this one. */
  readonly answersTo: (sent: Sent) => boolean;
  readonly answer: (sent: Sent) => Reply;
}

export const reply = (status: number, body?: unknown, headers?: Reply['headers']): Reply => ({ status, body, headers });

export function objectIn(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

export const isText = (value: unknown, max: number) =>
  typeof value === 'string' && value.length > 0 && value.length <= max;
