import * as z from 'zod';
import { awsCall } from '../payca/aws-call';

const whole = z.int().min(0);

/** What an operator's command asks for: rows that are written down and not done yet. */
export const enqueueSchema = z.strictObject({
  do: z.literal('enqueue'),
  references: z
    .array(
      z.strictObject({
        load: z.string().regex(/^[0-9a-f]{16}$/),
        row: whole,
        offset: whole,
        length: whole,
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(1000),
});

export type Enqueue = z.infer<typeof enqueueSchema>;

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
const BATCH = 10;

/** Sends the references to the queue; gives how many SQS did not take. A reference may be in the queue twice. */
export async function enqueue({ references }: Enqueue, QueueUrl: string): Promise<{ refused: number }> {
  let refused = 0;
  for (let start = 0; start < references.length; start += BATCH) {
    const batch = references.slice(start, start + BATCH);
    const Entries = batch.map((reference, index) => ({ Id: String(index), MessageBody: JSON.stringify(reference) }));
    const { Failed = [] } = await awsCall<{ Failed?: unknown[] }>({
      service: 'sqs',
      action: 'SendMessageBatch',
      input: { QueueUrl, Entries },
    });
    refused += Failed.length;
  }
  return { refused };
}
