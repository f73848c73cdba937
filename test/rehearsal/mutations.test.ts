import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stages } from '../../config';
import { type Deployment, loadStage } from '../../rehearsal/deployment';
import { functionName } from '../../rehearsal/functions';
import { Judge } from '../../rehearsal/permissions';
import { list } from '../../rehearsal/template';
import { wiringProblems } from '../../rehearsal/wiring';
import { goLiveApp } from '../lib/synth';

// The app's own templates, and what the act `permissions` finds when one line of a policy is taken out of them.

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Condition?: { readonly StringEquals?: Readonly<Record<string, unknown>> };
  readonly Principal?: unknown;
}
interface Template {
  readonly Resources: Record<
    string,
    { readonly Type: string; readonly Properties: Record<string, Policy | undefined> }
  >;
}
interface Policy {
  readonly Statement: Statement[];
}

/** With which CDK ends a logical id. */
const HASH = /[0-9A-F]{8}$/;

const { directory } = goLiveApp(
  undefined,
  stages.filter(({ stage }) => stage === 'production'),
).synth();
const stageDirectory = join(directory, 'assembly-Production');
const files = readdirSync(stageDirectory).filter((file) => file.endsWith('.template.json'));
const templates = files.map((file) => {
  const path = join(stageDirectory, file);
  return { path, template: JSON.parse(readFileSync(path, 'utf8')) as Template };
});

/** What each function calls, as the acts make it. */
const CALLS: Readonly<Record<string, (deployment: Deployment) => [action: string, arn: string][]>> = {
  'receive-webhook': (deployment) => [
    ['dynamodb:PutItem', arn(deployment, 'InboxTable')],
    ...readsSecret(deployment),
    ['kms:Encrypt', arn(deployment, 'InboxOneTimeCodeKey')],
  ],
  'dispatch-events': (deployment) => [
    ['dynamodb:GetRecords', `${arn(deployment, 'InboxTable')}/stream/2026-01-01T00:00:00.000`],
    ['dynamodb:GetShardIterator', `${arn(deployment, 'InboxTable')}/stream/2026-01-01T00:00:00.000`],
    ['dynamodb:DescribeStream', `${arn(deployment, 'InboxTable')}/stream/2026-01-01T00:00:00.000`],
    ['dynamodb:Query', `${arn(deployment, 'InboxTable')}/index/undispatched`],
    ['dynamodb:GetItem', arn(deployment, 'InboxTable')],
    ['dynamodb:UpdateItem', arn(deployment, 'InboxTable')],
    ['kms:Decrypt', arn(deployment, 'InboxOneTimeCodeKey')],
    ['events:PutEvents', arn(deployment, 'EventsBus')],
  ],
  'archive-events': (deployment) => [
    ['sqs:ReceiveMessage', arn(deployment, 'ArchiveEventsQueue')],
    ['sqs:DeleteMessage', arn(deployment, 'ArchiveEventsQueue')],
    ['sqs:GetQueueAttributes', arn(deployment, 'ArchiveEventsQueue')],
    ['s3:PutObject', `${arn(deployment, 'Archive')}/events/2026/12/01/a`],
  ],
  'promote-credentials': (deployment) => [
    ...readsSecret(deployment),
    ['secretsmanager:UpdateSecretVersionStage', arn(deployment, 'CredentialsSecret')],
  ],
  'watch-payca': (deployment) => [...asksPayca(deployment), ['dynamodb:Query', arn(deployment, 'Progress')]],
  'check-subscriptions': asksPayca,
};

function asksPayca(deployment: Deployment): [action: string, arn: string][] {
  return [
    ...readsSecret(deployment),
    ['dynamodb:Query', `${arn(deployment, 'InboxTable')}/index/hour`],
    ['dynamodb:GetItem', arn(deployment, 'Progress')],
    ['dynamodb:PutItem', arn(deployment, 'Progress')],
  ];
}

function readsSecret(deployment: Deployment): [action: string, arn: string][] {
  return ['GetSecretValue', 'ListSecretVersionIds'].map((action) => [
    `secretsmanager:${action}`,
    arn(deployment, 'CredentialsSecret'),
  ]);
}

/** ARN of the resource with this name before its hash. */
function arn(deployment: Deployment, name: string): string {
  const found = deployment.find(({ logicalId }) => logicalId.replace(HASH, '') === name);
  if (!found) throw new Error(`the templates have no ${name}`);
  return found.arn;
}

function problems(): string[] {
  const deployment = loadStage(directory, 'production');
  const judge = new Judge(deployment);
  const refusals = deployment.resources('AWS::Lambda::Function').flatMap((resource) => {
    const role = deployment.byArn(String(resource.properties.Role));
    const calls = CALLS[functionName(resource)]?.(deployment) ?? [];
    return calls.flatMap(([action, place]) => (role && judge.refusal(role, action, place)) ?? []);
  });
  return [...refusals, ...wiringProblems(deployment, judge)];
}

/** The problems once `edit` has changed a template; the file is set right again. */
function problemsAfter(path: string, template: Template, edit: (copy: Template) => void): string[] {
  const copy = structuredClone(template);
  edit(copy);
  writeFileSync(path, JSON.stringify(copy));
  try {
    return problems();
  } finally {
    writeFileSync(path, JSON.stringify(template));
  }
}

const policies = (type: string, property: string) =>
  templates.flatMap(({ path, template }) =>
    Object.entries(template.Resources)
      .filter(([, resource]) => resource.Type === type)
      .map(([id, { Properties }]) => ({ path, template, id, statements: Properties[property]?.Statement ?? [] })),
  );

const grants = policies('AWS::IAM::Policy', 'PolicyDocument')
  .filter(({ id }) =>
    /^(ReceiveWebhook|DispatchEvents|ArchiveEvents|PromoteCredentials|WatchPayca|Subscriptions)/.test(id),
  )
  .flatMap(({ statements, ...policy }) =>
    statements.flatMap(({ Action, Condition }, index) =>
      list(Action).map((action) => {
        const via = String(Condition?.StringEquals?.['kms:ViaService'] ?? 'itself').replace(/\..*/, '');
        const name = `${policy.id.replace(/Role.*/, '')} ${action} through ${via}`;
        return { ...policy, index, action, name };
      }),
    ),
  );

/** In AWS's lists for customer keys and streams, and used in the name of nobody: kept, because a refusal would stop webhooks. */
const SPARE = [
  /kms:(DescribeKey|Encrypt|GenerateDataKey) through dynamodb$/,
  /dynamodb:ListStreams through itself$/,
  /^ArchiveEvents kms:Decrypt through s3$/,
  // A trace is followed where one comes along, and begun nowhere.
  /^DispatchEvents xray:/,
];

test('the templates as they are have no problem', () => {
  expect(problems()).toEqual([]);
});

test.each(grants.filter(({ name }) => !SPARE.some((spare) => spare.test(name))))(
  'without $name something is refused',
  ({ path, template, id, index, action }) => {
    const found = problemsAfter(path, template, ({ Resources }) => {
      const statements = Resources[id]?.Properties.PolicyDocument?.Statement ?? [];
      const statement = statements[index] as Statement;
      statements[index] = { ...statement, Action: list(statement.Action).filter((one) => one !== action) };
    });
    expect(found).toContainEqual(expect.stringContaining(`is not allowed ${action} on `));
  },
);

test('what is granted beyond the calls is what stands here', () => {
  const names = grants.map(({ name }) => name);
  expect(SPARE.filter((spare) => !names.some((name) => spare.test(name)))).toEqual([]);
});

const KEYS = ['Key', 'CredentialsKey', 'InboxKey', 'InboxOneTimeCodeKey', 'ArchiveKey'];

const allowing = (statements: readonly Statement[]) => statements.filter(({ Effect }) => Effect === 'Allow');

/** Everybody whom the policy of a key lets in, but not the people who administer the key that only services use. */
const keyUsers = policies('AWS::KMS::Key', 'KeyPolicy')
  .filter(({ id }) => KEYS.includes(id.replace(HASH, '')))
  .flatMap(({ statements, ...policy }) =>
    [...new Set(allowing(statements).map(({ Principal }) => JSON.stringify(Principal)))]
      .filter((principal) => !(policy.id.replace(HASH, '') === 'Key' && principal.includes(':root')))
      .map((principal) => ({ ...policy, principal })),
  );

test.each(keyUsers)('without $principal in the policy of $id something is refused', (user) => {
  const { path, template, id, principal } = user;
  const found = problemsAfter(path, template, ({ Resources }) => {
    const policy = Resources[id]?.Properties.KeyPolicy;
    const others = policy?.Statement.filter(({ Principal }) => JSON.stringify(Principal) !== principal) ?? [];
    policy?.Statement.splice(0, Number.POSITIVE_INFINITY, ...others);
  });
  expect(found).toContainEqual(expect.stringMatching(/ by (its policy|the policy of key )/));
});
