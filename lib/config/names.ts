import type { StageConfig } from './schema';

/** The stacks of a stage, in the order in which they are deployed. */
export type StackPart = 'state' | 'service' | 'launch';

/** A stage's part of the paths by which `cdk` selects stacks: `Production/State`. */
export const STAGE_IDS = { production: 'Production', sandbox: 'Sandbox' } as const;

type Named = Pick<StageConfig, 'programme' | 'stage'>;

export function stackName({ programme, stage }: Named, part: StackPart): string {
  return `${programme}-${stage}-${part}`;
}

/** Where the stage's variables stand in the Parameter Store; the programme keeps two of them in one account apart. */
export function parameterPath({ programme, stage }: Named): string {
  return `/${programme}/${stage}`;
}

/** Where the stage's config stands for the other stage to compare with. */
export function exportedConfigPath(named: Named): string {
  return `${parameterPath(named)}/config`;
}

/**
 * What pipelines may know of a stage: each is a parameter of this name under `parameterPath`. `PAYCA_BASE_URL` is named as
 * PayCA's guides name it (payca-contract.md, 1); the two that they name beside it are in the secret and nowhere else.
 */
export const PIPELINE_VARIABLES = [
  'PAYCA_ARCHIVE_BUCKET',
  'PAYCA_AWS_REGION',
  'PAYCA_BASE_URL',
  'PAYCA_CREDENTIALS_SECRET_ARN',
  'PAYCA_EVENT_BUS_ARN',
  'PAYCA_EVIDENCE_BUCKET',
  'PAYCA_INBOX_TABLE',
  'PAYCA_WEBHOOK_URL',
] as const;

export type PipelineVariable = (typeof PIPELINE_VARIABLES)[number];

export type BootstrapRole = 'deploy' | 'file-publishing' | 'lookup';

/** A role that `cdk bootstrap` makes in every account and region, and that the CDK CLI works in. */
export function bootstrapRoleArn(
  { account, region, organization }: Pick<StageConfig, 'account' | 'region' | 'organization'>,
  role: BootstrapRole,
): string {
  const name = `cdk-${organization.bootstrapQualifier}-${role}-role-${account}-${region}`;
  return `arn:${partition(region)}:iam::${account}:role/${name}`;
}

/** First part of the region's ARNs. */
export function partition(region: string): 'aws' | 'aws-cn' | 'aws-us-gov' {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
