import { exampleValues } from '../../lib/config/example';
import { pipelineIdentities } from '../../lib/config/pipelines';
import { problemLine } from '../../lib/config/problems';
import { parseStages, readStages, type StageConfig, type StageInput } from '../../lib/config/schema';
import { change, minimal, minimalSandbox } from './stage';

const PROVIDER = 'arn:aws:iam::210987654321:oidc-provider/token.actions.githubusercontent.com';
const github = { repository: 'acme/payca-golive', environment: 'production', provider: 'create' };
const gitlab = { project: 'acme/cards/payca-golive', branch: 'main', provider: 'create' };

const problems = (...inputs: StageInput[]) => readStages(inputs).problems.map(problemLine);
const withPipelines = (pipelines: unknown) => change({ pipelines });
const sandboxWith = (pipelines: unknown) => ({ ...minimalSandbox, pipelines }) as StageInput;
const identities = (pipelines: unknown) =>
  pipelineIdentities((parseStages([withPipelines(pipelines)])[0] as StageConfig).pipelines);

test('a stage needs no pipelines', () => {
  expect(parseStages([minimal])[0]).toMatchObject({ pipelines: {}, rollback: { monitoringMinutes: 10 } });
});

describe('what a pipeline may be', () => {
  const REPOSITORY =
    'production.pipelines.github.repository must be owner/repository, or owner@id/repository@id where subjects are immutable, without wildcards, got: ';
  const PROJECT =
    'production.pipelines.gitlab.project must be group/project, with any groups between, without wildcards, got: ';
  const PROVIDERS =
    "must be create, or the ARN of the account's IAM identity provider: arn:aws:iam::<account>:oidc-provider/<host>, got: ";

  test.each([
    ['acme/*', 'acme/*'],
    ['acme/pay?', 'acme/pay?(not shown)'],
    ['*/payca-golive', '*/payca-golive'],
    ['acme', 'acme'],
    ['acme/payca/golive', 'acme/payca/golive'],
    ['acme@12/payca-golive', 'acme@12/payca-golive'],
    ['acme/payca:environment:production', 'acme/payca:environment:production'],
    ['repo:acme/payca', 'repo:acme/payca'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: IAM would replace it
    ['acme/${aws:username}', 'acme/${aws:username}'],
  ])('GitHub repository %s is refused', (repository, found) => {
    expect(problems(withPipelines({ github: { ...github, repository } }))).toEqual([`${REPOSITORY}${found}`]);
  });

  test.each([['*'], ['a:b'], ['a b'], ['']])('GitHub environment %j is refused', (environment) => {
    expect(problems(withPipelines({ github: { ...github, environment } }))).toEqual([
      expect.stringMatching(/^production\.pipelines\.github\.environment must be the name of a GitHub environment/),
    ]);
  });

  test.each([['acme'], ['acme/*'], ['/acme/payca'], ['acme/payca/']])('GitLab project %s is refused', (project) => {
    expect(problems(withPipelines({ gitlab: { ...gitlab, project } }))).toEqual([`${PROJECT}${project}`]);
  });

  test.each([['*'], ['main:x'], ['']])('GitLab branch %j is refused', (branch) => {
    expect(problems(withPipelines({ gitlab: { ...gitlab, branch } }))).toEqual([
      expect.stringMatching(/^production\.pipelines\.gitlab\.branch must be the name of a branch, without wildcards/),
    ]);
  });

  test('every mistake of both is told at once', () => {
    const both = { github: { ...github, provider: 'existing' }, gitlab: { ...gitlab, provider: '', token: 'x' } };
    expect(problems(withPipelines(both))).toEqual([
      `production.pipelines.github.provider ${PROVIDERS}existing`,
      `production.pipelines.gitlab.provider ${PROVIDERS}""`,
      'production.pipelines.gitlab must have no other keys than url, project, branch, audience, provider, got: token',
    ]);
  });

  test('a provider of another account is refused', () => {
    const provider = PROVIDER.replace('210987654321', '999988887777');
    expect(problems(withPipelines({ github: { ...github, provider } }))).toEqual([
      "production.pipelines.github.provider must be a provider of the stage's account 210987654321, got: 999988887777",
    ]);
  });

  test('a provider of another GitLab than the URL names is refused', () => {
    const provider = 'arn:aws:iam::210987654321:oidc-provider/git.acme-pay.eu';
    expect(problems(withPipelines({ gitlab: { ...gitlab, provider } }))).toEqual([
      `production.pipelines.gitlab.provider must be the provider of gitlab.com, or url must name the GitLab that it is for, got: ${provider}`,
    ]);
    expect(problems(withPipelines({ gitlab: { ...gitlab, provider, url: 'https://git.acme-pay.eu' } }))).toEqual([]);
  });
});

describe('what two stages say about each other', () => {
  test('in one account the provider is made once or not at all', () => {
    const pipelines = { github: { ...github, environment: 'sandbox', provider: PROVIDER } };
    expect(problems(withPipelines({ github }), sandboxWith(pipelines))).toEqual([
      `sandbox.pipelines.github.provider must be create as in production, which has the same account, got: ${PROVIDER}`,
    ]);
    const elsewhere = {
      ...sandboxWith(pipelines),
      account: '310987654321',
      webhook: {
        ...minimalSandbox.webhook,
        certificateArn: minimal.webhook.certificateArn.replace('210987654321', '310987654321'),
      },
      pipelines: {
        github: { ...pipelines.github, provider: PROVIDER.replace('210987654321', '310987654321') },
      },
    };
    expect(problems(withPipelines({ github }), elsewhere)).toEqual([]);
  });

  test('each has an environment of its own', () => {
    expect(problems(withPipelines({ github }), sandboxWith({ github }))).toEqual([
      'sandbox.pipelines.github.environment must differ from the one of production, got: production',
    ]);
  });
});

describe('subjects', () => {
  test('GitHub, by names', () => {
    expect(identities({ github })).toEqual([
      {
        system: 'GitHub',
        issuer: 'token.actions.githubusercontent.com',
        provider: 'create',
        audience: 'sts.amazonaws.com',
        deploySubject: 'repo:acme/payca-golive:environment:production',
        diffSubject: 'repo:acme/payca-golive:pull_request',
      },
    ]);
  });

  test('GitHub, with ids that are never given again', () => {
    const [identity] = identities({ github: { ...github, repository: 'acme@123456/payca-golive@456789' } });
    expect(identity).toMatchObject({
      deploySubject: 'repo:acme@123456/payca-golive@456789:environment:production',
      diffSubject: 'repo:acme@123456/payca-golive@456789:pull_request',
    });
  });

  test('the issuer is that of the provider that exists, also of an enterprise', () => {
    const provider = 'arn:aws:iam::210987654321:oidc-provider/token.actions.acme.ghe.com';
    expect(identities({ github: { ...github, provider } })[0]?.issuer).toBe('token.actions.acme.ghe.com');
  });

  test('GitLab: project and branch, for comparisons any branch of the project', () => {
    expect(identities({ gitlab })).toEqual([
      {
        system: 'GitLab',
        issuer: 'gitlab.com',
        provider: 'create',
        audience: 'https://gitlab.com',
        deploySubject: 'project_path:acme/cards/payca-golive:ref_type:branch:ref:main',
        diffSubject: 'project_path:acme/cards/payca-golive:ref_type:branch:ref:*',
      },
    ]);
  });

  test('a GitLab of the team, with an audience of its own', () => {
    const own = { ...gitlab, url: 'https://git.acme-pay.eu/code', audience: 'sts.amazonaws.com' };
    expect(identities({ gitlab: own })[0]).toMatchObject({
      issuer: 'git.acme-pay.eu/code',
      audience: 'sts.amazonaws.com',
    });
  });
});

test.each([
  ['github', { ...github, repository: 'example-org/payca-golive' }, 'pipelines.github.repository'],
  ['github', { ...github, repository: 'example-org@1/payca-golive@2' }, 'pipelines.github.repository'],
  ['gitlab', { ...gitlab, project: 'example-group/payca-golive' }, 'pipelines.gitlab.project'],
  ['gitlab', { ...gitlab, url: 'https://gitlab.example.com' }, 'pipelines.gitlab.url'],
])('an example in %s is known as one', (system, part, path) => {
  const [config] = parseStages([withPipelines({ [system]: part })]);
  expect(exampleValues(config as StageConfig)).toEqual([
    expect.objectContaining({ id: 'example-value', path, edit: expect.stringContaining('docs/pipelines.md') }),
  ]);
});

test.each([
  [{ alarms: ['a', 'a'] }, 'rollback.alarms must be a list of 0 to 5 names of alarms, each once, got: a list of 2'],
  [{ alarms: ['Webhook Failures'] }, /^production\.rollback\.alarms\[0\] must be the name of an alarm after/],
  [{ monitoringMinutes: 31 }, 'rollback.monitoringMinutes must be a whole number of minutes from 0 to 30, got: 31'],
])('rollback %j is refused', (rollback, problem) => {
  expect(problems(change({ rollback }))).toEqual([
    problem instanceof RegExp ? expect.stringMatching(problem) : `production.${problem}`,
  ]);
});

test.each(['aws-cards', 'ssm1'])(
  'programme %s is refused: the Parameter Store keeps such paths to AWS',
  (programme) => {
    expect(problems(change({ programme }))).toEqual([
      `production.programme must be a name of 2 to 21 lower-case letters, digits and hyphens that begins with a letter, but not with aws or ssm, got: ${programme}`,
    ]);
  },
);
