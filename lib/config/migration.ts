import { date, section, text } from './fields';
import { amount, byCurrency } from './money';

/** What a bank transfer is found by. */
const wireReference = text('the reference of the wire, of 3 to 140 characters', /^\S.{1,138}\S$/);

const prefunding = section({
  /** What must be available before the first authorization of production. */
  required: amount,
  wireReference,
  /** The day on which treasury expects it at PayCA. */
  expectedArrival: date,
});

/** The `migration` part of a stage: what must be there before the first traffic. */
export const migration = section({
  /** By currency; none where the stage needs no money of its own. */
  prefunding: byCurrency(
    prefunding,
    "prefundings by currency, such as { EUR: { required: '50000.00', wireReference, expectedArrival } }",
    0,
    10,
  ).default({}),
}).prefault({});
