import type { StageConfig } from '../../config/schema';
import { type AlarmRow, isExpected, isTrue, orZero, own, type Places } from './alarm-row';

/** PayCA's answer to a support case takes a working day; a page is for the last moment to act. */
const EXPIRY_DAYS = { ticket: 30, page: 7 } as const;

/** Rows about keys and certificates. */
export function credentialRows(config: StageConfig, places: Places): AlarmRow[] {
  return [...credentials(config, places), ...certificates(config)];
}

function credentials(config: StageConfig, { secret }: Places): AlarmRow[] {
  const { maxAgeDays } = config.credentials;
  const command = `aws secretsmanager list-secret-version-ids --secret-id ${secret} --region ${config.region}`;
  return [
    {
      id: 'previous-key-late',
      severity: 'page',
      line: '1.2',
      when: 'Webhooks still come signed with the previous key in the last hours of the overlap.',
      impact: 'When the overlap ends these webhooks are refused: as long as PayCA signs with the old key, all of them.',
      command,
      page: 'previous-key-late.md#first-five-minutes',
      metrics: { deliveries: own(config, 'PreviousKeyMatchedLate', 'Sum') },
      expression: 'deliveries',
      comparison: 'above',
      threshold: 0,
      periodMinutes: 15,
      missing: 'not-breaching',
    },
    {
      id: 'credentials-missing',
      severity: 'page',
      line: '1.2',
      when: 'The launch has begun and there are no credentials in the secret.',
      impact: 'Every webhook is answered with an error, and no call to PayCA is possible.',
      command,
      page: 'credentials-missing.md#first-five-minutes',
      metrics: { absent: own(config, 'CredentialsMissing', 'Maximum') },
      ...isTrue(`IF(${isExpected(config, 'absent')} AND absent > 0, 1, 0)`),
      periodMinutes: 60,
      missing: 'ignore',
    },
    {
      id: 'promotion-failed',
      severity: 'ticket',
      line: '1.3',
      when: 'New credentials were put and did not become current.',
      impact: 'The ones before stay in use; PayCA ends them when its overlap is over, and then no call succeeds.',
      command,
      page: 'promotion-failed.md#first-five-minutes',
      metrics: { failures: own(config, 'PromotionFailed', 'Sum') },
      expression: orZero('failures'),
      comparison: 'above',
      threshold: 0,
      periodMinutes: 5,
      missing: 'not-breaching',
      quietDuring: 'payca-unreachable',
    },
    {
      id: 'credentials-old',
      severity: 'ticket',
      line: '1.3',
      when: `The credentials are older than ${maxAgeDays} days.`,
      impact: 'Nothing fails today; a key that leaked unnoticed works for as long as it is not changed.',
      command,
      page: 'credentials-old.md#first-five-minutes',
      metrics: { age: own(config, 'CredentialsAgeDays', 'Maximum') },
      expression: 'age',
      comparison: 'above',
      threshold: maxAgeDays,
      periodMinutes: 60,
      missing: 'ignore',
    },
  ];
}

function certificates(config: StageConfig): AlarmRow[] {
  const { region, webhook } = config;
  const { certificateArn, domainName, mutualTls } = webhook;
  const certificate = {
    id: 'certificate-expiry',
    line: '2.1',
    impact: 'From the day it expires on PayCA cannot connect, and no webhook comes in.',
    command: `aws acm describe-certificate --certificate-arn ${certificateArn} --region ${region} --query 'Certificate.[NotAfter,Type,RenewalSummary]'`,
    page: 'certificate-expiry.md#first-five-minutes',
    metrics: {
      // https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html
      days: {
        namespace: 'AWS/CertificateManager',
        name: 'DaysToExpiry',
        dimensions: { CertificateArn: certificateArn },
        statistic: 'Minimum',
      },
    },
    periodMinutes: 24 * 60,
    what: `The certificate of ${domainName}`,
  } as const;
  const truststore = {
    id: 'truststore-expiry',
    line: '2.3',
    impact: "From then on PayCA's client certificates are refused in the handshake, and no webhook comes in.",
    command: `aws apigateway get-domain-name --domain-name ${domainName} --region ${region} --query mutualTlsAuthentication`,
    page: 'truststore-expiry.md#first-five-minutes',
    metrics: { days: own(config, 'TruststoreDaysLeft', 'Minimum') },
    periodMinutes: 60,
    what: 'A certificate of the truststore',
  } as const;
  return [certificate, ...(mutualTls ? [truststore] : [])].flatMap(({ what, ...row }) =>
    (['ticket', 'page'] as const).map(
      (severity): AlarmRow => ({
        ...row,
        severity,
        when: `${what} expires in less than ${EXPIRY_DAYS[severity]} days.`,
        expression: 'days',
        comparison: 'below',
        threshold: EXPIRY_DAYS[severity],
        missing: 'ignore',
      }),
    ),
  );
}
