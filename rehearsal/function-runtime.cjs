// Lambda's side of one execution environment: loads the bundle, then runs one invocation at a time, as Lambda does.
const { Socket } = require('node:net');
const { join } = require('node:path');

// Sweeps and overlaps are rehearsed by moving the clock.
const { realNow, setOffset } = require('./clock.cjs');

// What a function sends to the outside reaches the receivers of the rehearsal, whoever it is for; the function itself
// knows nothing of it either.
const realFetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const url = new URL(typeof input === 'string' || input instanceof URL ? input : input.url);
  if (url.hostname === '127.0.0.1') return realFetch(input, init);
  const headers = new Headers(init?.headers);
  headers.set('x-rehearsed-host', url.host);
  return realFetch(`${process.env.REHEARSAL_RECEIVERS}${url.pathname}${url.search}`, { ...init, headers });
};

// The names of the webhook endpoint lead to the edge of the rehearsal, as DNS would lead to API Gateway.
const [edgePort, ...edgeHosts] = (process.env.REHEARSAL_EDGE ?? '').split(' ');
const realConnect = Socket.prototype.connect;
Socket.prototype.connect = function (...parameters) {
  const options = [parameters[0]].flat()[0];
  if (edgeHosts.includes(options?.host)) Object.assign(options, { host: '127.0.0.1', port: Number(edgePort) });
  return realConnect.apply(this, parameters);
};

const [file, name] = process.env._HANDLER.split('.');
let handler;
try {
  handler = require(join(process.env.LAMBDA_TASK_ROOT, file))[name];
  if (typeof handler !== 'function') throw new Error(`the bundle exports no ${name}`);
  process.send({ ready: true });
} catch (error) {
  console.error(error);
  process.send({ initError: String(error) }, () => process.exit(1));
}

process.on('message', async ({ event, deadline, requestId, offset }) => {
  setOffset(offset);
  const context = {
    awsRequestId: requestId,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: '$LATEST',
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => deadline - realNow(),
  };
  try {
    process.send({ result: (await handler(event, context)) ?? null });
  } catch (error) {
    process.send({ error: { errorType: error?.name ?? 'Error', errorMessage: String(error?.message ?? error) } });
  }
});

process.on('disconnect', () => process.exit());
