/*
 * A bare bootstrap, run by itself on the deployed Node: loads a handler as Lambda's runtime would, gives it one delivery,
 * and tells its parent when each was done.
 */
const booted = performance.now();
const { handler } = require(`${process.env.LAMBDA_TASK_ROOT}/index`);
const loaded = performance.now();

/** Milliseconds. */
export interface Start {
  /** Node itself, before the handler. */
  readonly node: number;
  /** The handler's modules, with what they do when they are loaded. */
  readonly load: number;
  /** The first delivery, from event to answer. */
  readonly delivery: number;
}

process.once('message', async (event) => {
  const begun = performance.now();
  const { statusCode } = await handler(event, { awsRequestId: 'bench' });
  const start: Start = { node: booted, load: loaded - booted, delivery: performance.now() - begun };
  if (statusCode !== Number(process.env.ACKNOWLEDGE_STATUS)) throw new Error(`answered ${statusCode}`);
  process.send?.(start, () => process.exit());
});
process.send?.('loaded');
