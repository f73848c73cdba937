import type { Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { StageConfig } from '../config/schema';

/**
 * IAM path, below the organization's own, of every role of the stage that may read its secrets. `State` must not refer to
 * a role of `Service`, and generated role names change; a path is known beforehand and leaves the name to CloudFormation.
 */
export function secretReaderPath({ programme, stage }: StageConfig): string {
  return `/${programme}-${stage}/secret-readers/`;
}

/** Who may read and change the stage's secrets, as patterns of `aws:PrincipalArn`. The account's root always may. */
export function secretPrincipals(stack: Stack, config: StageConfig): string[] {
  const { operatorRoles, rolePath } = config.organization;
  const inAccount = `arn:${stack.partition}:iam::${stack.account}`;
  return [
    `${inAccount}:root`,
    `${inAccount}:role${rolePath}${secretReaderPath(config).slice(1)}*`,
    // People who sign in through IAM Identity Center, and no program of the account.
    ...(operatorRoles ?? [`${inAccount}:role/aws-reserved/sso.amazonaws.com/*`]),
  ];
}

/**
 * The role with which CloudFormation deploys the stack: it encrypts a secret's first value, `{"supplied":false}`. It is
 * not among those who may read one, so that no template can fetch a secret by a dynamic reference.
 */
export function deployingRole(stack: Stack, { organization }: StageConfig): string {
  const name = `cdk-${organization.bootstrapQualifier}-cfn-exec-role-${stack.account}-${stack.region}`;
  return `arn:${stack.partition}:iam::${stack.account}:role/${name}`;
}

/**
 * Refuses everybody but `principals`, whatever their own policies say. It says nothing about the policy itself, so that an
 * administrator can mend a wrong one: nobody can be locked out for good.
 */
export function refuseOthers(principals: readonly string[]): PolicyStatement {
  return new PolicyStatement({
    sid: 'OnlyReadersAndOperators',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: [
      'secretsmanager:GetSecretValue',
      'secretsmanager:PutSecretValue',
      'secretsmanager:UpdateSecretVersionStage',
    ],
    resources: ['*'],
    conditions: { ArnNotLike: { 'aws:PrincipalArn': [...principals] } },
  });
}
