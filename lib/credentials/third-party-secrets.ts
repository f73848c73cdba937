import { RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ServiceKey } from '../service-key';

/**
 * Keys that third parties gave us, one secret for each name in the config. Born without a value: an operator supplies
 * `{"value":"..."}` after the deploy, so that it never passes through a template, a parameter or a build log.
 */
export class ThirdPartySecrets extends Construct {
  readonly key: ServiceKey;
  /** By the names in the config. */
  readonly thirdParty: ReadonlyMap<string, Secret>;

  constructor(scope: Construct, id: string, names: readonly string[]) {
    super(scope, id);
    this.key = new ServiceKey(this, 'Key', { description: 'Keys of third parties' });
    this.thirdParty = new Map(
      names.map((name) => [
        name,
        new Secret(this, name, {
          description: `Put with: npm run golive -- secrets put ${name}`,
          encryptionKey: this.key,
          secretStringValue: SecretValue.unsafePlainText(JSON.stringify({ supplied: false })),
          removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        }),
      ]),
    );
  }
}
