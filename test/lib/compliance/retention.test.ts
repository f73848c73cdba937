import { type App, CfnResource, Stack } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnStream } from 'aws-cdk-lib/aws-kinesis';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { stages } from '../../../config';
import { type RetentionRow, retentionRows } from '../../../lib/compliance/report/retention';
import { parseStages } from '../../../lib/config/schema';
import { goLiveApp } from '../synth';

const shipping = { destination: { kind: 'datadog', site: 'datadoghq.eu' }, secret: 'log-platform' } as const;
const inputs = stages.map((input) => ({
  ...input,
  thirdPartySecrets: [...(input.thirdPartySecrets ?? []), 'log-platform'],
  shipping,
}));
const configs = parseStages(inputs);

const rowsOf = (app: App) => retentionRows(app, configs);
const appOf = () => goLiveApp(undefined, inputs);
const inPath = (app: App, path: string) => app.node.findAll().find(({ node }) => node.path === path) as CfnResource;
const differing = (rows: readonly RetentionRow[]) => rows.filter(({ agrees }) => !agrees).map(({ store }) => store);

const app = appOf();
const rows = rowsOf(app);

test('the templates keep what the plan says, everywhere, and each store answers erasure', () => {
  expect(differing(rows)).toEqual([]);
  expect(rows.filter(({ erasure }) => erasure === '')).toEqual([]);
});

test('no store is left out', () => {
  const stores = app.node
    .findAll()
    .filter(CfnResource.isCfnResource)
    .filter(({ cfnResourceType }) => /::(Bucket|LogGroup|Table|Archive|Queue)$/.test(cfnResourceType));
  const told = new Set(rows.map(({ store }) => store.split(' ')[0]));
  expect(stores.filter(({ node }) => !told.has(node.path))).toEqual([]);
  expect(new Set(rows.map(({ kind }) => kind))).toEqual(
    new Set([...Object.keys(configs[0]?.retentionDays ?? {}), 'state', 'transit']),
  );
});

test("each prefix of the imports bucket has its kind's end", () => {
  const imports = rows.filter(({ store }) => store.startsWith('Production/State/Imports/'));
  expect(imports.map(({ store, kind, templateDays }) => [store.split(' ')[1], kind, templateDays])).toEqual([
    ['bins/uploads/', 'personalData', 90],
    ['bins/versions/', 'evidence', 2555],
    ['users-cards/', 'personalData', 90],
    ['statements/', 'personalData', 90],
    ['reconciliations/', 'personalData', 90],
  ]);
});

const production = (one: App, name: string) => one.node.findChild('Production').node.findChild(name) as Stack;

test.each<[string, (one: App) => unknown]>([
  ['a bucket', (one) => new CfnBucket(production(one, 'State'), 'New')],
  ['a table', (one) => new CfnTable(production(one, 'Service'), 'New', { keySchema: [] })],
  ['a stream', (one) => new CfnStream(production(one, 'Launch'), 'New')],
  ['a log group of no stage', (one) => new CfnLogGroup(new Stack(one, 'Other'), 'New', { retentionInDays: 90 })],
])('%s that no plan names is told', (_, add) => {
  const one = appOf();
  add(one);
  const told = rowsOf(one).filter(({ agrees }) => !agrees);
  expect(told.map(({ kind, store }) => [kind, store.split('/').at(-1)])).toEqual([['none', 'New']]);
});

test.each<[string, string, (resource: CfnResource) => void]>([
  [
    "an import's lifecycle taken away",
    'Production/State/Imports/Resource users-cards/',
    (resource) => {
      const bucket = resource as CfnBucket;
      const { rules } = bucket.stack.resolve(bucket.lifecycleConfiguration);
      bucket.lifecycleConfiguration = {
        rules: rules.filter(({ prefix }: { prefix: string }) => prefix !== 'users-cards/'),
      };
    },
  ],
  [
    'an Object Lock shorter than the plan',
    'Production/State/Evidence/Resource',
    (resource) => {
      (resource as CfnBucket).objectLockConfiguration = { rule: { defaultRetention: { mode: 'GOVERNANCE', days: 1 } } };
    },
  ],
  [
    'a log kept for ever',
    'Production/Service/ReceiveWebhook/Logs/Resource',
    (resource) => {
      (resource as CfnLogGroup).retentionInDays = undefined;
    },
  ],
  [
    'an inbox without TTL',
    'Sandbox/State/Inbox/Table/Resource',
    (resource) => {
      (resource as CfnTable).timeToLiveSpecification = undefined;
    },
  ],
  [
    'a queue that keeps longer',
    'Production/Service/ArchiveEvents/DeadLetters/Resource',
    (resource) => {
      (resource as CfnQueue).messageRetentionPeriod = 1_209_601;
    },
  ],
])('%s differs from the plan', (_, store, change) => {
  const one = appOf();
  change(inPath(one, String(store.split(' ')[0])));
  expect(differing(rowsOf(one))).toEqual([store]);
});
