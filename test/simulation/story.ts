import fc from 'fast-check';
import { type WebhookNumber, webhookNumber } from './senders';

/** What may happen to a call to AWS; `answer lost` is mended by the client's own retry, the others are not. */
export const FAULTS = ['killed before', 'killed after', 'refused', 'answer lost', 'done but failed'] as const;
export type Fault = (typeof FAULTS)[number] | 'none';

/** Every kind of call that the functions make. */
export const AWS_CALLS = ['GetSecretValue', 'Encrypt', 'PutItem', 'Decrypt', 'PutEvents', 'UpdateItem'] as const;
export type AwsCall = (typeof AWS_CALLS)[number];

/** One case: what PayCA sends, in how many copies at the same moment, and what goes wrong meanwhile. */
export interface Story {
  readonly sendings: readonly { readonly webhook: WebhookNumber; readonly copies: number }[];
  /** Of the calls of each kind, in the order in which they are made; afterwards all goes well. */
  readonly faults: Readonly<Record<AwsCall, readonly Fault[]>>;
  /** Of the entries put on the bus, whether it fails to take them; afterwards it takes all. */
  readonly entryFaults: readonly boolean[];
  /** Records that the stream hands over at once. */
  readonly batchSize: number;
  readonly sweepsMeanwhile: number;
  /** Seed of the order in which everything happens. */
  readonly order: number;
}

const copies = fc.oneof(
  { weight: 5, arbitrary: fc.constant(1) },
  { weight: 3, arbitrary: fc.integer({ min: 2, max: 8 }) },
  { weight: 2, arbitrary: fc.integer({ min: 2, max: 64 }) },
);

const fault = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Fault>('none') },
  { weight: 2, arbitrary: fc.constantFrom<Fault>(...FAULTS) },
);
const faults = (maxLength: number) => fc.array(fault, { maxLength });

export const story: fc.Arbitrary<Story> = fc.record({
  sendings: fc.array(fc.record({ webhook: webhookNumber, copies }), { minLength: 1, maxLength: 24 }),
  faults: fc.record({
    GetSecretValue: faults(12),
    Encrypt: faults(4),
    PutItem: faults(60),
    Decrypt: faults(4),
    PutEvents: faults(20),
    UpdateItem: faults(40),
  }),
  entryFaults: fc.array(fc.boolean(), { maxLength: 20 }),
  batchSize: fc.integer({ min: 1, max: 20 }),
  sweepsMeanwhile: fc.nat({ max: 2 }),
  order: fc.nat(),
});
