import { type App, CfnResource, Stack } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { CfnStream } from 'aws-cdk-lib/aws-kinesis';
import { CfnLogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { stages } from '../../../config';
import { IMPORTS } from '../../../lambda/payca/imports';
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

const rowsOf = (one: App) => retentionRows(one, configs);
const differing = (rows: readonly RetentionRow[]) => rows.filter(({ agrees }) => !agrees).map(({ store }) => store);

const app = goLiveApp(undefined, inputs);
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
  const { binVersions, ...uploads } = IMPORTS;
  expect(
    Object.fromEntries(
      imports.map(({ store, kind, templateDays }) => [store.split(' ')[1], `${kind} ${templateDays}`]),
    ),
  ).toEqual({
    ...Object.fromEntries(Object.values(uploads).map((prefix) => [prefix, 'personalData 90'])),
    [binVersions]: 'evidence 2555',
  });
});

const production = (name: string) => app.node.findChild('Production').node.findChild(name) as Stack;

test.each<[string, () => CfnResource]>([
  ['a bucket', () => new CfnBucket(production('State'), 'New')],
  ['a table', () => new CfnTable(production('Service'), 'New', { keySchema: [] })],
  ['a stream', () => new CfnStream(production('Launch'), 'New')],
  ['a log group of no stage', () => new CfnLogGroup(new Stack(app, 'Other'), 'New', { retentionInDays: 90 })],
])('%s that no plan names is told', (_, add) => {
  const added = add();
  const told = rowsOf(app).filter(({ agrees }) => !agrees);
  added.node.scope?.node.tryRemoveChild(added.node.id);
  expect(told.map(({ kind, store }) => [kind, store.split('/').at(-1)])).toEqual([['none', 'New']]);
});

const lock = { rule: { defaultRetention: { mode: 'GOVERNANCE', days: 1 } } };
const withoutCards = {
  rules: Object.values(IMPORTS)
    .filter((prefix) => prefix !== IMPORTS.usersCards)
    .map((prefix) => ({ prefix, expirationInDays: prefix === IMPORTS.binVersions ? 2555 : 90 })),
};

test.each<[string, string, string, unknown]>([
  [
    "an import's lifecycle taken away",
    'Production/State/Imports/Resource users-cards/',
    'lifecycleConfiguration',
    withoutCards,
  ],
  ['an Object Lock shorter than the plan', 'Production/State/Evidence/Resource', 'objectLockConfiguration', lock],
  ['a log kept for ever', 'Production/Service/ReceiveWebhook/Logs/Resource', 'retentionInDays', undefined],
  ['an inbox without TTL', 'Sandbox/State/Inbox/Table/Resource', 'timeToLiveSpecification', undefined],
  [
    'a queue that keeps longer',
    'Production/Service/ArchiveEvents/DeadLetters/Resource',
    'messageRetentionPeriod',
    1_209_601,
  ],
])('%s differs from the plan', (_, store, property, value) => {
  const resource = app.node.findAll().find(({ node }) => node.path === store.split(' ')[0]);
  const open = resource as unknown as Record<string, unknown>;
  const former = open[property];
  open[property] = value;
  const found = differing(rowsOf(app));
  open[property] = former;
  expect(found).toEqual([store]);
});
