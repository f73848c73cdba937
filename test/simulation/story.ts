import fc from 'fast-check';
import { type WebhookNumber, webhookNumber } from './senders';

/** What may happen to a call to AWS, after what its client's own retries mend. */
export type Fault = 'none' | 'killed before' | 'killed after' | 'refused' | 'answer lost' | 'done but failed';

/** One case: what PayCA sends, in how many copies at the same moment, and what goes wrong meanwhile. */
export interface Story {
  readonly sendings: readonly { readonly webhook: WebhookNumber; readonly copies: number }[];
  /** Of the calls to AWS, in the order in which they are made; afterwards all goes well. */
  readonly faults: readonly Fault[];
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
  {
    weight: 2,
    arbitrary: fc.constantFrom<Fault>('killed before', 'killed after', 'refused', 'answer lost', 'done but failed'),
  },
);

export const story: fc.Arbitrary<Story> = fc.record({
  sendings: fc.array(fc.record({ webhook: webhookNumber, copies }), { minLength: 1, maxLength: 24 }),
  faults: fc.array(fault, { maxLength: 120 }),
  entryFaults: fc.array(fc.boolean(), { maxLength: 20 }),
  batchSize: fc.integer({ min: 1, max: 20 }),
  sweepsMeanwhile: fc.nat({ max: 2 }),
  order: fc.nat(),
});
