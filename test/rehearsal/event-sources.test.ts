import { EventEmitter } from 'node:events';
import type { DynamoDb, StreamRecord } from '../../rehearsal/aws/dynamodb';
import { Sqs } from '../../rehearsal/aws/sqs';
import { EventSources } from '../../rehearsal/event-sources';
import type { Invocation, LambdaFunction } from '../../rehearsal/functions';
import { Judge } from '../../rehearsal/permissions';
import { deployed, document, getAtt, the } from './deployment';

type Handle = (ids: readonly string[]) => Invocation;

const DONE: Invocation = { result: null };
const CRASHED: Invocation = { errorType: 'Runtime.ExitError', errorMessage: 'the process ended' };
const failing = (...ids: string[]): Invocation => ({
  result: { batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) },
});

const REPORTS = { FunctionResponseTypes: ['ReportBatchItemFailures'] };
const sources: EventSources[] = [];
afterAll(() => {
  for (const one of sources) one.stop();
});

/** A function behind a stream and a queue; `calls` has the ids of each batch that it was given. */
function play(stream: object, queue: object, handle: Handle, granted: string[] = ['dynamodb:*', 'sqs:*']) {
  const deployment = deployed({
    Table: { Type: 'AWS::DynamoDB::Table' },
    DeadLetters: { Type: 'AWS::SQS::Queue' },
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: { RedrivePolicy: { deadLetterTargetArn: getAtt('DeadLetters'), maxReceiveCount: 3 } },
    },
    QueuePolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [{ Ref: 'Queue' }],
        PolicyDocument: document({ Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: '*' }),
      },
    },
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        Policies: [{ PolicyDocument: document({ Effect: 'Allow', Action: granted, Resource: '*' }) }],
      },
    },
    Function: { Type: 'AWS::Lambda::Function' },
    Stream: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { FunctionName: { Ref: 'Function' }, EventSourceArn: getAtt('Table', 'StreamArn'), ...stream },
    },
    Batches: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { FunctionName: { Ref: 'Function' }, EventSourceArn: getAtt('Queue'), ...queue },
    },
  });
  const calls: string[][] = [];
  const target = {
    name: 'subject',
    resource: the(deployment, 'Function'),
    role: the(deployment, 'Role'),
    invoke: async ({ Records }: { Records: { eventID?: string; messageId?: string; body?: string }[] }) => {
      calls.push(Records.map(({ eventID, body }) => eventID ?? String(body)));
      return handle(Records.map(({ eventID, messageId }) => String(eventID ?? messageId)));
    },
  };
  const judge = new Judge(deployment);
  const sqs = new Sqs(deployment, judge);
  const dynamoDb = new EventEmitter();
  const source = new EventSources(
    deployment,
    judge,
    [target as unknown as LambdaFunction],
    dynamoDb as unknown as DynamoDb,
    sqs,
  );
  sources.push(source);
  const write = (id: string, eventName: StreamRecord['eventName'] = 'INSERT') =>
    dynamoDb.emit('written', {
      eventName,
      tableArn: the(deployment, 'Table').arn,
      dynamodb: { Keys: {}, NewImage: eventName === 'INSERT' ? {} : undefined, SequenceNumber: id },
    });
  const send = (body: string) => sqs.sendAs('events.amazonaws.com', the(deployment, 'Queue').arn, body, '');
  return { source, calls, write, send, depth: (id: string) => sqs.depth(the(deployment, id).arn) };
}

describe('a stream', () => {
  const records = ['1', '2', '3', '4'];
  const stream = (properties: object, handle: Handle) => {
    const stage = play({ MaximumRetryAttempts: 2, BatchSize: 4, ...REPORTS, ...properties }, {}, handle);
    for (const id of records) stage.write(id);
    return stage;
  };
  const dropped = ({ source }: ReturnType<typeof stream>) =>
    source.dropped.map(({ dynamodb }) => dynamodb.SequenceNumber);

  test('is handed over in batches', async () => {
    const stage = stream({ BatchSize: 3 }, () => DONE);
    await stage.source.drained();
    expect(stage.calls).toEqual([['1', '2', '3'], ['4']]);
    expect(dropped(stage)).toEqual([]);
  });

  test('is tried again from the first record that failed', async () => {
    let first = true;
    const stage = stream({}, () => {
      const outcome = first ? failing('4', '3') : DONE;
      first = false;
      return outcome;
    });
    await stage.source.drained();
    expect(stage.calls).toEqual([records, ['3', '4']]);
  });

  test('gives up after its retries, and only what is left', async () => {
    const stage = stream({}, () => failing('3'));
    await stage.source.drained();
    expect(stage.calls).toEqual([records, ['3', '4'], ['3', '4']]);
    expect(dropped(stage)).toEqual(['3', '4']);
  });

  test('is halved when the function itself fails, and a split is no retry', async () => {
    const stage = stream({ BisectBatchOnFunctionError: true }, (ids) => (ids.includes('3') ? CRASHED : DONE));
    await stage.source.drained();
    expect(stage.calls).toEqual([records, ['1', '2'], ['3', '4'], ['3'], ['3'], ['3'], ['4']]);
    expect(dropped(stage)).toEqual(['3']);
  });

  test('is not halved unless the template says so', async () => {
    const stage = stream({}, () => CRASHED);
    await stage.source.drained();
    expect(stage.calls).toEqual([records, records, records]);
    expect(dropped(stage)).toEqual(records);
  });

  test('fails as a whole when the function names a record that it was not given', async () => {
    const stage = stream({ MaximumRetryAttempts: 0 }, () => failing('nonsense'));
    await stage.source.drained();
    expect(dropped(stage)).toEqual(records);
  });

  test('takes reports only where the mapping asks for them', async () => {
    const stage = stream({ FunctionResponseTypes: undefined }, () => failing('3'));
    await stage.source.drained();
    expect(stage.calls).toEqual([records]);
    expect(dropped(stage)).toEqual([]);
  });

  test('hands over what passes its filter', async () => {
    const FilterCriteria = { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] };
    const stage = stream({ FilterCriteria }, () => DONE);
    stage.write('5', 'MODIFY');
    await stage.source.drained();
    expect(stage.calls).toEqual([records]);
  });

  test('waits while it is paused, and forgets what nobody read', async () => {
    const stage = stream({}, () => DONE);
    stage.source.paused = true;
    stage.source.forget();
    stage.write('5');
    stage.source.paused = false;
    await stage.source.drained();
    expect(stage.calls).toEqual([['5']]);
    expect(dropped(stage)).toEqual(records);
  });

  test('with a mapping that is switched off nothing is handed over', async () => {
    const stage = stream({ Enabled: false }, () => DONE);
    await stage.source.drained();
    expect(stage.calls).toEqual([]);
  });
});

describe('a queue', () => {
  test('gives back what failed, and after too often puts it with the dead letters', async () => {
    const stage = play({}, { BatchSize: 2, ...REPORTS }, (ids) => failing(...ids.slice(0, 1)));
    stage.send('a');
    await stage.source.drained();
    expect(stage.calls).toEqual([['a'], ['a'], ['a']]);
    expect([stage.depth('Queue'), stage.depth('DeadLetters')]).toEqual([0, 1]);
  });

  test('gives back all when the function fails, and nothing when it is done', async () => {
    let first = true;
    const stage = play({}, { BatchSize: 10, ...REPORTS }, () => {
      const outcome = first ? CRASHED : DONE;
      first = false;
      return outcome;
    });
    for (const body of ['a', 'b']) stage.send(body);
    await stage.source.drained();
    expect(stage.calls).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(stage.depth('DeadLetters')).toBe(0);
  });

  test('loses nothing when the function names a message that it was not given', async () => {
    const stage = play({}, { ...REPORTS }, () => failing('nonsense'));
    stage.send('a');
    await stage.source.drained();
    expect(stage.depth('DeadLetters')).toBe(1);
  });
});

test.each([
  [['sqs:*'], 'dynamodb:DescribeStream'],
  [['dynamodb:*', 'sqs:ReceiveMessage', 'sqs:GetQueueAttributes'], 'sqs:DeleteMessage'],
])('a function that may only %j cannot be polled for', (granted, missing) => {
  expect(() => play({}, {}, () => DONE, granted)).toThrow(
    `Lambda cannot poll for subject: Role is not allowed ${missing} on `,
  );
});
