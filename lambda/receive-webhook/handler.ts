import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { listVersions, readVersion } from '../payca/credentials-secret';
import { decimalAmount, decisionDimensions, eventDimensions, type WebhookFacts } from '../payca/events';
import { describeError, log } from '../payca/log';
import { Meter } from '../payca/metrics';
import { numberVariable } from '../payca/variables';
import { maskText } from './card-numbers';
import { CredentialsCache } from './credentials';
import { type Delivery, type Outcome, type Receiver, receive } from './receive';
import { encryptOneTimeCode, putItem } from './store';

const HOUR_MS = 60 * 60 * 1000;
const SILENCE_MS = 60 * 1000;
/** With so much of the overlap left, PayCA should have changed its signing key. */
const LATE_MS = 4 * 60 * 60 * 1000;
const acknowledgeStatus = numberVariable('ACKNOWLEDGE_STATUS');
const receiver: Receiver = {
  credentials: new CredentialsCache(
    { versions: listVersions, read: readVersion },
    Date.now,
    numberVariable('OVERLAP_HOURS') * HOUR_MS,
  ),
  putItem,
  encrypt: encryptOneTimeCode,
  bodyLimitBytes: numberVariable('BODY_LIMIT_BYTES'),
  now: Date.now,
};
let notSuppliedLoggedAt = Number.NEGATIVE_INFINITY;

/** Verifies a PayCA webhook and stores it before it is acknowledged. */
export async function handler(event: APIGatewayProxyEvent, context: Context): Promise<APIGatewayProxyResult> {
  const meter = new Meter();
  const delivery = readDelivery(event);
  log.resetKeys();
  log.appendKeys({
    functionRequestId: context.awsRequestId,
    gatewayRequestId: event.requestContext?.requestId,
    paycaRequestId: delivery.requestId && maskText(delivery.requestId).text,
  });
  meter.add('WebhooksReceived');
  try {
    return { statusCode: report(await receive(delivery, receiver), meter), body: '' };
  } catch (error) {
    meter.add('WebhooksNotStored');
    log.error('webhook not stored', { problem: describeError(error) });
    return { statusCode: 500, body: '' };
  } finally {
    meter.publish();
  }
}

function readDelivery({ body, isBase64Encoded, headers }: APIGatewayProxyEvent): Delivery {
  const byName = new Map(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    body: Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8'),
    signature: byName.get('x-signature'),
    clientId: byName.get('x-client-id'),
    requestId: byName.get('x-request-id'),
    idempotencyKey: byName.get('x-idempotency-key'),
  };
}

/** Counts and logs what became of a delivery; gives the status to answer with. */
function report(outcome: Outcome, meter: Meter): number {
  if (outcome.result === 'credentials-not-supplied') {
    meter.add('CredentialsNotSupplied');
    logNotSupplied();
    return 500;
  }
  if (outcome.result === 'rejected') {
    meter.add('WebhooksRejected', 1, { Reason: outcome.reason });
    log.warn('webhook rejected', { reason: outcome.reason });
    return outcome.status;
  }
  const { result, item, facts, key, clientIdAbsent, cardNumbers } = outcome;
  meter.add(result === 'duplicate' ? 'WebhooksDuplicate' : 'WebhooksAccepted');
  if (result === 'conflict') meter.add('WebhooksConflict');
  if (result !== 'duplicate') countEvent(facts, item.requestId, meter);
  if (clientIdAbsent) meter.add('ClientIdAbsent');
  if (cardNumbers > 0) meter.add('CardNumberMasked', cardNumbers);
  meter.add('KeyMatched', 1, { Key: key.name });
  if (key.acceptedUntil !== undefined && key.acceptedUntil - Date.now() <= LATE_MS) meter.add('PreviousKeyMatchedLate');
  log.info(`webhook ${result}`, { key: item.pk, detailType: item.detailType, cardNumbers: cardNumbers || undefined });
  return acknowledgeStatus;
}

function countEvent(facts: WebhookFacts, requestId: string | undefined, meter: Meter): void {
  const dimensions = eventDimensions(facts);
  meter.add('Events', 1, dimensions);
  const amount = decimalAmount(facts);
  if (amount !== undefined) meter.add('EventAmounts', amount, dimensions);
  const decision = decisionDimensions(facts, requestId);
  if (decision) meter.add('CardDecisions', 1, decision);
}

/** Once a minute: before the first credentials every delivery ends here. */
function logNotSupplied(): void {
  if (Date.now() - notSuppliedLoggedAt < SILENCE_MS) return;
  notSuppliedLoggedAt = Date.now();
  log.error('credentials not supplied: put them with `npm run golive -- credentials put`');
}
