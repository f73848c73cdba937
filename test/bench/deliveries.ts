import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type Credentials, everyPayload, Random, tokenizationCode, webhook } from '../../rehearsal/payca';

/** Every payload of the contract once, and a one-time code: what API Gateway hands over, signed. */
export function deliveries(credentials: Credentials, seed: number): Pick<APIGatewayProxyEvent, EventParts>[] {
  const random = new Random(seed);
  return [...everyPayload(random), tokenizationCode(random).payload].map((payload) => {
    const { body, headers } = webhook(JSON.stringify(payload), credentials, random);
    const requestContext = { requestId: random.uuid() } as APIGatewayProxyEvent['requestContext'];
    return { body: body.toString('base64'), isBase64Encoded: true, headers, requestContext };
  });
}

type EventParts = 'body' | 'isBase64Encoded' | 'headers' | 'requestContext';
