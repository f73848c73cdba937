import * as z from 'zod';
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

/** The function gets each as a part of an environment variable, and all of these have 4 KB together. */
const MAX_CHARACTERS = 1000;
const short = {
  fits: (value: unknown) => JSON.stringify(value).length <= MAX_CHARACTERS,
  error: `must have at most ${MAX_CHARACTERS} characters as JSON`,
};
const body = z.record(z.string(), z.unknown(), { error: "must be an object of PayCA's own fields" });

const cardKinds = z
  .record(z.string().regex(/^[a-z][a-z0-9-]{0,30}$/), body, {
    error: "must be an object of PayCA's own fields for each lower-case word, such as { virtual: { type: 'virtual' } }",
  })
  .refine(short.fits, { error: short.error });

/** The `migration` part of a stage: what must be there before the first traffic. */
export const migration = section({
  /** By currency; none where the stage needs no money of its own. */
  prefunding: byCurrency(
    prefunding,
    "prefundings by currency, such as { EUR: { required: '50000.00', wireReference, expectedArrival } }",
    0,
    10,
  ).default({}),
  /** What `POST /v1/users` carries beside id, status and `meta` of the file, such as `bins` (payca-contract.md, 7.4). */
  userBody: body.refine(short.fits, { error: short.error }).default({}),
  /** What `POST /v1/cards` carries besides, by the word in the column `kind`: its names are not documented (payca-contract.md, 15.2). */
  cardKinds: cardKinds.default({}),
}).prefault({});
