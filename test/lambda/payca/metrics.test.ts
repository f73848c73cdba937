import { Meter } from '../../../lambda/payca/metrics';

let written: string[];

beforeEach(() => {
  process.env.STAGE = 'sandbox';
  written = [];
  jest.spyOn(Date, 'now').mockReturnValue(1_796_119_200_000);
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
});

afterEach(() => jest.restoreAllMocks());

const lines = () => written.map((text) => JSON.parse(text));

test('one line says all metrics of an invocation, each with its own dimensions', () => {
  const meter = new Meter();
  meter.add('WebhooksReceived');
  meter.add('WebhooksAccepted');
  meter.add('Events', 1, { Event: 'kyc', Type: 'other', Currency: 'EUR' });
  meter.add('KeyMatched', 1, { Key: 'current' });
  meter.publish();
  expect(written[0]).toMatch(/^\{.*\}\n$/);
  expect(lines()).toEqual([
    {
      _aws: {
        Timestamp: 1_796_119_200_000,
        CloudWatchMetrics: [
          {
            Namespace: 'PayCA/GoLive',
            Dimensions: [['service', 'Stage']],
            Metrics: [
              { Name: 'WebhooksReceived', Unit: 'Count' },
              { Name: 'WebhooksAccepted', Unit: 'Count' },
            ],
          },
          {
            Namespace: 'PayCA/GoLive',
            Dimensions: [['service', 'Stage', 'Event', 'Type', 'Currency']],
            Metrics: [{ Name: 'Events', Unit: 'Count' }],
          },
          {
            Namespace: 'PayCA/GoLive',
            Dimensions: [['service', 'Stage', 'Key']],
            Metrics: [{ Name: 'KeyMatched', Unit: 'Count' }],
          },
        ],
      },
      service: 'receive-webhook',
      Stage: 'sandbox',
      Event: 'kyc',
      Type: 'other',
      Currency: 'EUR',
      Key: 'current',
      WebhooksReceived: 1,
      WebhooksAccepted: 1,
      Events: 1,
      KeyMatched: 1,
    },
  ]);
});

test('what would need a name twice takes a line of its own', () => {
  const meter = new Meter();
  meter.add('KeyMatched', 1, { Key: 'current' });
  meter.add('KeyMatched', 2, { Key: 'pending' });
  meter.add('EventsDispatched', 3);
  meter.publish();
  expect(lines()).toMatchObject([
    { service: 'receive-webhook', Key: 'current', KeyMatched: 1 },
    { service: 'receive-webhook', Key: 'pending', KeyMatched: 2 },
    { service: 'dispatch-events', EventsDispatched: 3 },
  ]);
  expect(lines()[2]).not.toHaveProperty('Key');
});

test('values add up, a unit is said, and nothing is written twice', () => {
  const meter = new Meter();
  meter.add('UndispatchedAgeSeconds', 0.5);
  meter.add('UndispatchedAgeSeconds', 2);
  meter.publish();
  meter.publish();
  expect(lines()).toMatchObject([
    {
      UndispatchedAgeSeconds: 2.5,
      _aws: { CloudWatchMetrics: [{ Metrics: [{ Name: 'UndispatchedAgeSeconds', Unit: 'Seconds' }] }] },
    },
  ]);
});
