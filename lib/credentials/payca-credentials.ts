import { RemovalPolicy, SecretValue, Stack } from 'aws-cdk-lib';
import { type CfnSecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/schema';
import { ServiceKey } from '../service-key';
import { deployingRole, refuseOthers, secretPrincipals } from './secret-access';

/**
 * The stage's secrets: PayCA's client id and secret, and one for each third party. Born without a value: an operator
 * supplies it after the deploy, so that it never passes through a template, a parameter or a build log.
 */
export class PaycaCredentials extends Construct {
  readonly key: ServiceKey;
  readonly secret: Secret;
  /** By the names in the config. */
  readonly thirdParty: ReadonlyMap<string, Secret>;

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    const stack = Stack.of(this);
    const principals = secretPrincipals(stack, config);
    this.key = new ServiceKey(this, 'Key', {
      description: 'PayCA credentials',
      // The log group of the function that promotes new ones.
      services: ['logs'],
      onlyFor: { principals: [...principals, deployingRole(stack, config)], service: 'secretsmanager' },
    });
    const born = (place: string, description: string) => {
      const secret = new Secret(this, place, {
        description,
        // Never edit it: a changed value here would be put over the one that an operator supplied.
        secretStringValue: SecretValue.unsafePlainText(JSON.stringify({ supplied: false })),
        removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      });
      // Given as a property, the key would be opened to everybody in the account who comes through Secrets Manager.
      (secret.node.defaultChild as CfnSecret).kmsKeyId = this.key.keyArn;
      secret.addToResourcePolicy(refuseOthers(principals));
      return secret;
    };
    this.secret = born('Secret', 'PayCA client id and secret; put with: npm run golive -- credentials put');
    this.thirdParty = new Map(
      config.thirdPartySecrets.map((name) => [
        name,
        born(`ThirdParty-${name}`, `Put with: npm run golive -- secrets put ${name}`),
      ]),
    );
  }
}
