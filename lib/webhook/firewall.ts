import { ArnFormat, Aws, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnIPSet, CfnLoggingConfiguration, CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { StageConfig } from '../config/schema';

type Rule = Omit<CfnWebACL.RuleProperty, 'priority'>;

export interface WebhookFirewallProps {
  readonly config: StageConfig;
  readonly stageArn: string;
  readonly logKey: IKey;
}

/**
 * WAF in front of the webhook endpoint. It runs before the API's resource policy, so the allow-list stands here first
 * and the rate rule after it: strangers must not use up what PayCA is allowed. Body rules only count: a webhook that
 * looks like an attack is still a webhook.
 */
export class WebhookFirewall extends Construct {
  constructor(scope: Construct, id: string, props: WebhookFirewallProps) {
    super(scope, id);
    const { config } = props;
    const rules = [...this.allowList(config), ...this.bodyRules(), ...this.rateRule(config)];
    const acl = new CfnWebACL(this, 'WebAcl', {
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visibility('webhooks'),
      rules: rules.map((rule, priority) => ({ priority, ...rule })),
    });
    new CfnWebACLAssociation(this, 'Association', { webAclArn: acl.attrArn, resourceArn: props.stageArn });
    this.log(acl, config, props.logKey);
  }

  private allowList({ webhook: { allowList } }: StageConfig): Rule[] {
    if ('any' in allowList) return [];
    const sets = [
      { id: 'AllowedIpv4', version: 'IPV4', addresses: allowList.ipv4 },
      { id: 'AllowedIpv6', version: 'IPV6', addresses: allowList.ipv6 },
    ]
      .filter(({ addresses }) => addresses.length > 0)
      .map(
        ({ id, version, addresses }) =>
          new CfnIPSet(this, id, { scope: 'REGIONAL', ipAddressVersion: version, addresses: [...addresses] }),
      )
      .map((set) => ({ ipSetReferenceStatement: { arn: set.attrArn } }));
    const [only] = sets;
    const listed = only && sets.length === 1 ? only : { orStatement: { statements: sets } };
    return [
      {
        name: 'refuse-off-list',
        action: { block: {} },
        statement: { notStatement: { statement: listed } },
        visibilityConfig: visibility('refuse-off-list'),
      },
    ];
  }

  private bodyRules(): Rule[] {
    return [
      {
        name: 'count-known-bad-inputs',
        overrideAction: { count: {} },
        statement: { managedRuleGroupStatement: { vendorName: 'AWS', name: 'AWSManagedRulesKnownBadInputsRuleSet' } },
        visibilityConfig: visibility('count-known-bad-inputs'),
      },
    ];
  }

  private rateRule({ webhook: { waf } }: StageConfig): Rule[] {
    if (waf.rateLimitPer5Minutes === undefined) return [];
    return [
      {
        name: 'limit-rate',
        action: { block: {} },
        statement: {
          rateBasedStatement: { limit: waf.rateLimitPer5Minutes, evaluationWindowSec: 300, aggregateKeyType: 'IP' },
        },
        visibilityConfig: visibility('limit-rate'),
      },
    ];
  }

  private log(acl: CfnWebACL, config: StageConfig, key: IKey): void {
    const logGroup = new LogGroup(this, 'Logs', {
      // WAF takes only log groups of this prefix; a stack made anew must not meet the group that the former one left.
      logGroupName: `aws-waf-logs-${config.programme}-${config.stage}-${stackSuffix()}`,
      encryptionKey: key,
      retention: config.retentionDays.auditLogs,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    new CfnLoggingConfiguration(this, 'Logging', {
      resourceArn: acl.attrArn,
      // Without the `:*` that a log group's ARN ends with in CloudFormation.
      logDestinationConfigs: [
        Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: logGroup.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ],
      redactedFields: [{ singleHeader: { Name: 'x-signature' } }, { singleHeader: { Name: 'x-client-id' } }],
      // The API's access log has every request that was let through; a second line of each would cost more than WAF.
      loggingFilter: {
        DefaultBehavior: 'DROP',
        Filters: [
          {
            Behavior: 'KEEP',
            Requirement: 'MEETS_ANY',
            Conditions: ['BLOCK', 'COUNT'].map((Action) => ({ ActionCondition: { Action } })),
          },
        ],
      },
    });
  }
}

/** The first part of the stack's own UUID. */
function stackSuffix(): string {
  return Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', Aws.STACK_ID))));
}

function visibility(metricName: string): CfnWebACL.VisibilityConfigProperty {
  return { cloudWatchMetricsEnabled: true, sampledRequestsEnabled: false, metricName };
}
