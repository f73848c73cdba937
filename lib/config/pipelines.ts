import type * as z from 'zod';
import { oidcProvider, section, text } from './fields';

export const GITLAB_URL = 'https://gitlab.com';
const GITHUB_URL = 'https://token.actions.githubusercontent.com';
/** What aws-actions/configure-aws-credentials asks for. */
const GITHUB_AUDIENCE = 'sts.amazonaws.com';

const github = section({
  /**
   * As GitHub writes it into the subject of its tokens: with ids for a repository made, renamed or moved after 15 July 2026,
   * or that opted in. `gh api repos/OWNER/REPOSITORY/actions/oidc/customization/sub` tells which.
   * @see https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
   */
  repository: text(
    'owner/repository, or owner@id/repository@id where subjects are immutable, without wildcards',
    /^([A-Za-z0-9][\w-]*\/[\w.-]+|[A-Za-z0-9][\w-]*@\d+\/[\w.-]+@\d+)$/,
  ),
  /** The environment that deploys this stage; its rules say who approves and from which branch. */
  environment: text(
    'the name of a GitHub environment: letters, digits, hyphens, dots and underscores',
    /^[\w.-]{1,255}$/,
  ),
  provider: oidcProvider,
});

const gitlab = section({
  /** Where GitLab is; AWS must reach it, its certificate must be of a public CA. */
  url: text('an https URL without a port, a query or a closing slash', /^https:\/\/[a-z0-9.-]+(\/[\w.-]+)*$/).default(
    GITLAB_URL,
  ),
  project: text('group/project, with any groups between, without wildcards', /^\w[\w.-]*(\/\w[\w.-]*)+$/),
  /** A protected branch: GitLab's subject names the branch, never the environment. */
  branch: text('the name of a branch, without wildcards', /^\w[\w./-]{0,254}$/),
  /**
   * `aud` in the job's `id_tokens`.
   *
   * @default - the URL, as GitLab's guides have it
   */
  audience: text('a URL or a name without spaces', /^[\w.:/-]{1,255}$/).optional(),
  provider: oidcProvider,
});

/** The `pipelines` part of a stage. */
export const pipelines = section({ github: github.optional(), gitlab: gitlab.optional() });

/** Whom AWS trusts as the pipeline of a stage. */
export interface PipelineIdentity {
  readonly system: 'GitHub' | 'GitLab';
  /** Also what the condition keys of a trust policy begin with. */
  readonly issuer: string;
  readonly provider: 'create' | string;
  readonly audience: string;
  /** `sub` of the job that deploys; exactly. */
  readonly deploySubject: string;
  /**
   * `sub` of the job that compares. GitLab has no subject of merge requests, only the branch that they come from: there it ends
   * with a wildcard, after the whole project.
   */
  readonly diffSubject: string;
}

/** GitHub's and GitLab's formats of `sub`. */
export function pipelineIdentities({ github, gitlab }: z.output<typeof pipelines>): PipelineIdentity[] {
  return [
    ...(github
      ? [
          {
            system: 'GitHub' as const,
            issuer: issuerOf(github.provider, GITHUB_URL),
            provider: github.provider,
            audience: GITHUB_AUDIENCE,
            deploySubject: `repo:${github.repository}:environment:${github.environment}`,
            diffSubject: `repo:${github.repository}:pull_request`,
          },
        ]
      : []),
    ...(gitlab
      ? [
          {
            system: 'GitLab' as const,
            issuer: issuerOf(gitlab.provider, gitlab.url),
            provider: gitlab.provider,
            audience: gitlab.audience ?? gitlab.url,
            deploySubject: `project_path:${gitlab.project}:ref_type:branch:ref:${gitlab.branch}`,
            diffSubject: `project_path:${gitlab.project}:ref_type:branch:ref:*`,
          },
        ]
      : []),
  ];
}

/** A provider that exists tells its issuer, which also serves GitHub Enterprise. */
function issuerOf(provider: string, url: string): string {
  return provider === 'create' ? url.replace('https://', '') : provider.replace(/^.*:oidc-provider\//, '');
}
