import { section, whole } from './fields';

const count = whole('a whole number of webhooks an hour from 0 to 1000000000', 0, 1_000_000_000);
const range = section({ atLeast: count, atMost: count }).superRefine(({ atLeast, atMost }, context) => {
  if (atLeast <= atMost) return;
  const message = 'must have an atLeast that is not above its atMost';
  context.addIssue({ code: 'custom', message, params: { found: `${atLeast} and ${atMost}` } });
});

/** How many of each are expected in an hour of the first 48; a kind that is left out is told without a judgement. */
export const hourlyFigures = section({
  authorizations: range.optional(),
  settlements: range.optional(),
  refunds: range.optional(),
  declines: range.optional(),
  fees: range.optional(),
}).prefault({});
