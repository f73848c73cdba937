import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type AwsError, awsCall } from '../../../lambda/payca/aws-call';

type Reply = readonly [status: number, body: unknown] | 'reset' | 'silence' | 'half';

let server: Server;
let replies: Reply[] = [];
const seen: { target: string; authorization: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push({
      target: String(request.headers['x-amz-target']),
      authorization: String(request.headers.authorization),
    });
    const reply = replies.shift() ?? [200, {}];
    if (reply === 'reset') return void response.destroy();
    if (reply === 'silence') return;
    if (reply === 'half') return void response.writeHead(200).write('{');
    response.writeHead(reply[0]).end(JSON.stringify(reply[1]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

beforeEach(() => {
  seen.length = 0;
});

const call = () => awsCall<{ ok?: boolean }>({ service: 'dynamodb', action: 'PutItem', input: { TableName: 't' } });

test('a call is signed for its service and names its action', async () => {
  replies = [[200, { ok: true }]];
  expect(await call()).toEqual({ ok: true });
  expect(seen[0]?.target).toBe('DynamoDB_20120810.PutItem');
  expect(seen[0]?.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=test\/\d{8}\/eu-central-1\/dynamodb\/aws4_request/,
  );
});

test.each<[string, Reply]>([
  ['a reset connection', 'reset'],
  ['500', [500, { __type: 'InternalServerError', message: 'x' }]],
  ['503 without JSON', [503, 'slow']],
  [
    'throttling, which AWS answers with 400',
    [400, { __type: 'com.amazonaws#ProvisionedThroughputExceededException', message: 'x' }],
  ],
  ['KMS throttling', [400, { __type: 'ThrottlingException' }]],
])('retries %s', async (_, reply) => {
  replies = [reply, reply, [200, { ok: true }]];
  expect(await call()).toEqual({ ok: true });
  expect(seen).toHaveLength(3);
});

test('does not wait for ever: for an answer, or for the rest of one', async () => {
  replies = ['silence', 'half', [200, { ok: true }]];
  expect(await call()).toEqual({ ok: true });
  expect(seen).toHaveLength(3);
});

test('gives up after three tries, with what AWS said', async () => {
  replies = [
    [500, {}],
    [500, {}],
    [500, { __type: 'Broken', message: 'still' }],
  ];
  await expect(call()).rejects.toThrow('Http500: still');
  expect(seen).toHaveLength(3);
});

test.each([['ConditionalCheckFailedException'], ['AccessDeniedException'], ['ValidationException']])(
  'does not retry %s',
  async (code) => {
    replies = [[400, { __type: `x#${code}`, message: 'no' }]];
    await expect(call()).rejects.toMatchObject({ name: 'AwsError', code } satisfies Partial<AwsError>);
    expect(seen).toHaveLength(1);
  },
);
