import * as z from 'zod';

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));
const AMOUNT = /^(0|[1-9]\d{0,11})(\.\d{1,4})?$/;

/** Money is written as text: a number of JavaScript would round it. */
export const amount = z.string({ error: "must be a decimal amount in quotes, such as '25000.00'" }).regex(AMOUNT, {
  error: "must be a decimal amount of up to 12 digits before and 4 after the point, such as '25000.00'",
});

/** One value for each of some currencies; `what` are those values, with an example. */
export function byCurrency<T extends z.ZodType>(value: T, what: string, min: number, max: number) {
  return z.record(z.string(), value, { error: `must be an object of ${what}` }).superRefine((values, context) => {
    const refuse = (path: string[], message: string, found: string) =>
      context.addIssue({ code: 'custom', path, message, params: { found } });
    const currencies = Object.keys(values);
    if (currencies.length < min || currencies.length > max)
      refuse([], `must have ${min} to ${max} currencies`, String(currencies.length));
    for (const currency of currencies.filter((code) => !CURRENCIES.has(code)))
      refuse([currency], 'must be named by a currency code of ISO 4217, such as EUR', currency);
  });
}
