import { RemovalPolicy, SecretValue } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { ServiceKey } from '../service-key';

/** A secret and the key that encrypts it. */
export interface ThirdPartySecret {
  readonly secret: ISecret;
  readonly key: IKey;
}

/**
 * Keys that third parties gave us, one secret for each name in the config. Born without a value: an operator supplies
 * `{"value":"..."}` after the deploy, so that it never passes through a template, a parameter or a build log.
 */
export class ThirdPartySecrets extends Construct {
  private readonly byName: ReadonlyMap<string, ThirdPartySecret>;

  constructor(scope: Construct, id: string, names: readonly string[]) {
    super(scope, id);
    const key = names.length > 0 ? new ServiceKey(this, 'Key', { description: 'Keys of third parties' }) : undefined;
    this.byName = new Map(key && names.map((name) => [name, { key, secret: this.secret(name, key) }]));
  }

  /** The secret of that name; the config's own rules keep other names away. */
  get(name: string): ThirdPartySecret {
    const found = this.byName.get(name);
    if (!found) throw new Error(`thirdPartySecrets has no ${name}`);
    return found;
  }

  private secret(name: string, encryptionKey: IKey): Secret {
    return new Secret(this, name, {
      description: `Key of a third party; put with: npm run golive -- secrets put ${name}`,
      encryptionKey,
      secretStringValue: SecretValue.unsafePlainText(JSON.stringify({ supplied: false })),
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }
}
