import { RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ServiceKey } from '../service-key';

/**
 * PayCA's client id and secret of one stage. Born without a value: an operator supplies the pair after the deploy, so
 * that it never passes through a template, a parameter or a build log.
 */
export class PaycaCredentials extends Construct {
  readonly key: ServiceKey;
  readonly secret: Secret;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.key = new ServiceKey(this, 'Key', { description: 'PayCA credentials' });
    this.secret = new Secret(this, 'Secret', {
      description: 'PayCA client id and secret; put with: npm run golive -- credentials put',
      encryptionKey: this.key,
      secretStringValue: SecretValue.unsafePlainText(JSON.stringify({ supplied: false })),
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }
}
