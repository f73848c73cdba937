import { Logger } from '@aws-lambda-powertools/logger';
import { variable } from './variables';

/** Structured logs with stage and service. They never hold a payload, a header value, or the message of a parse error. */
export const log = new Logger({ persistentKeys: { stage: variable('STAGE') } });

/** What may be said about an error: its kind and our own or AWS's words, never a body that it carries along. */
export function describeError(error: unknown): { name: string; message: string } {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Unknown', message: 'something was thrown that is no error' };
}
