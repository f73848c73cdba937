import { CfnOutput, type Stack } from 'aws-cdk-lib';
import { CfnOIDCProvider, PolicyStatement, Role, WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type BootstrapRole, bootstrapRoleArn, partition, STAGE_IDS } from '../config/names';
import { type PipelineIdentity, pipelineIdentities } from '../config/pipelines';
import type { StageConfig } from '../config/schema';

export interface PipelineProvidersProps {
  /** All stages of the account, in any region: an identity provider is the account's. */
  readonly stages: readonly StageConfig[];
}

/** The account's identity providers, one for each issuer that the config asks to create. */
export class PipelineProviders extends Construct {
  constructor(scope: Construct, id: string, { stages }: PipelineProvidersProps) {
    super(scope, id);
    const wanted = stages.flatMap(({ pipelines }) => pipelineIdentities(pipelines)).filter(isCreated);
    for (const issuer of new Set(wanted.map((identity) => identity.issuer))) {
      const own = wanted.filter((identity) => identity.issuer === issuer);
      // Without thumbprints: AWS checks GitHub's, GitLab's and every other certificate of a public CA by its own list of them.
      new CfnOIDCProvider(this, issuer, {
        url: `https://${issuer}`,
        clientIdList: [...new Set(own.map(({ audience }) => audience))],
      });
    }
  }
}

const isCreated = ({ provider }: PipelineIdentity) => provider === 'create';

/** What each role of a pipeline may become; the bootstrap made those roles, and the CDK CLI works in them. */
const MAY_BECOME = {
  Deploy: ['deploy', 'file-publishing', 'lookup'],
  Diff: ['lookup'],
} as const satisfies Record<string, readonly BootstrapRole[]>;

/** The roles of a stage's pipelines: one deploys, one compares. They may do nothing but become roles of the bootstrap. */
export class PipelineRoles extends Construct {
  constructor(scope: Stack, id: string, config: StageConfig) {
    super(scope, id);
    for (const identity of pipelineIdentities(config.pipelines)) {
      for (const purpose of ['Deploy', 'Diff'] as const) {
        const role = new Role(this, `${identity.system}${purpose}`, {
          description: `${identity.system} ${purpose === 'Deploy' ? 'deploys' : 'compares'} PayCA ${config.stage}`,
          assumedBy: trusted(identity, purpose, config),
        });
        role.addToPolicy(
          new PolicyStatement({
            actions: ['sts:AssumeRole'],
            resources: MAY_BECOME[purpose].map((name) => bootstrapRoleArn(config, name)),
          }),
        );
        new CfnOutput(scope, `${STAGE_IDS[config.stage]}${identity.system}${purpose}Role`, { value: role.roleArn });
      }
    }
  }
}

function trusted(
  { issuer, provider, audience, deploySubject, diffSubject }: PipelineIdentity,
  purpose: keyof typeof MAY_BECOME,
  { account, region }: StageConfig,
): WebIdentityPrincipal {
  const subject = purpose === 'Deploy' ? deploySubject : diffSubject;
  const arn = provider === 'create' ? `arn:${partition(region)}:iam::${account}:oidc-provider/${issuer}` : provider;
  const exact = { [`${issuer}:aud`]: audience };
  return new WebIdentityPrincipal(
    arn,
    subject.includes('*')
      ? { StringEquals: exact, StringLike: { [`${issuer}:sub`]: subject } }
      : { StringEquals: { ...exact, [`${issuer}:sub`]: subject } },
  );
}
