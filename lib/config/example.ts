import { isDocumentationCidr } from './cidr';
import type { StageConfig } from './schema';

/** A value that stands for one which somebody has yet to supply. */
export interface ExampleValue {
  readonly id: 'example-value' | 'allow-list-not-supplied';
  /** As written in the stage's file: `webhook.domainName`. */
  readonly path: string;
  readonly value: string;
  /** What to put there instead. */
  readonly edit: string;
}

/** Accounts of the AWS documentation, and ids made of one digit. */
const EXAMPLE_ACCOUNT = /\b(111122223333|444455556666|777788889999|123456789012|(\d)\2{11})\b/;
/** Names that RFC 2606 keeps for examples, in host names, URLs and mail addresses. */
const EXAMPLE_HOST = /(^|[./@])(example\.(com|net|org)|[a-z0-9-]+\.(example|invalid))([:/]|$)/;
/** An owner or group as GitHub's and GitLab's documentation names them, before a repository. */
const EXAMPLE_OWNER = /^example-(org|group)(@\d+)?\//;
/** Telephone numbers that Ofcom keeps for drama. */
const EXAMPLE_PHONE = /^\+44 1632 960\d{3}$/;
/** A reference that is yet to be given. */
const EXAMPLE_NAME = /^example-/;
const ZEROED_ID = /0{8}-0{4}-0{4}-0{4}-0{12}|^(vpc|subnet|rtb|pl|sg)-0{8,}|^Z0{8,}/;

/** Edits by the beginning of the path; the first that fits. */
const EDITS: readonly (readonly [path: string, edit: string])[] = [
  ['account', 'the 12 digits of the AWS account that this stage is deployed to'],
  ['tags.', 'what your organization asks for in this tag'],
  ['payca.baseUrl', 'the base URL that your PayCA account manager gave you for this stage'],
  ['webhook.domainName', 'the name that PayCA is to call, in a domain of yours'],
  [
    'webhook.certificateArn',
    "the ARN of the issued ACM certificate for webhook.domainName, in the stage's account and region",
  ],
  ['webhook.dns', 'the Route 53 zone of webhook.domainName, or manual'],
  ['webhook.allowList', "PayCA's source ranges for this environment: ask PayCA support, they are not published"],
  ['pipelines.', 'the repository or project that this is kept in, or leave pipelines out: see docs/pipelines.md'],
  ['organization.', 'the value of your organization'],
  ['migration.prefunding', 'the reference that treasury puts on the wire'],
  ['monitoring.runbooksUrl', 'where people on call can read docs/runbooks of this repository'],
  ['monitoring.contacts.payca', "PayCA's hotline and e-mail for emergencies: ask your account manager"],
  ['monitoring.contacts.next', 'who is called next, and how'],
  ['escalation.', "an address of your team's"],
  ['launch.automation', 'what posts by itself in this sandbox, or leave it out'],
  ['launch.owners', 'who does the steps of this role on the day'],
  ['support.', 'how your customers know you and reach you'],
  ['shipping.', 'the address that your log platform gives for Firehose'],
];

/** Every example value of a stage, in the order of its file. The allow-list is one value: it is supplied or it is not. */
export function exampleValues(config: StageConfig): ExampleValue[] {
  return [...texts(config, ''), ...allowListExamples(config)]
    .filter(({ path, value }) => path === ALLOW_LIST || isExample(value))
    .map(({ path, value }) => ({
      id: path === ALLOW_LIST ? 'allow-list-not-supplied' : 'example-value',
      path,
      value,
      edit: EDITS.find(([start]) => path.startsWith(start))?.[1] ?? 'a value of your own',
    }));
}

const ALLOW_LIST = 'webhook.allowList';

function allowListExamples({ webhook: { allowList } }: StageConfig): { path: string; value: string }[] {
  if ('any' in allowList) return [];
  const examples = [...allowList.ipv4, ...allowList.ipv6].filter(isDocumentationCidr);
  return examples.length > 0 ? [{ path: ALLOW_LIST, value: examples.join(', ') }] : [];
}

function isExample(value: string): boolean {
  return [EXAMPLE_ACCOUNT, EXAMPLE_HOST, EXAMPLE_OWNER, EXAMPLE_PHONE, EXAMPLE_NAME, ZEROED_ID].some((pattern) =>
    pattern.test(value),
  );
}

function texts(value: unknown, path: string): { path: string; value: string }[] {
  if (typeof value === 'string') return [{ path, value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => texts(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => texts(item, path ? `${path}.${key}` : key));
}
