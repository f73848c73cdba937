import type { X509Certificate } from 'node:crypto';
import { exampleValues } from './example';
import type { Finding } from './problems';
import type { StageConfig } from './schema';
import { nameCertificate, REPOSITORY, readTruststore } from './truststore';

export type { Finding } from './problems';

const DAY = 24 * 60 * 60 * 1000;
/** Time to have an exception renewed or ended. */
const EXCEPTION_NOTICE_DAYS = 30;
/** Time for PayCA to issue a new certificate and for us to deploy the truststore. */
const CERTIFICATE_NOTICE_DAYS = 60;

type Dated = Omit<Finding, 'stage'>;

/** What depends on the date, which synthesis does not know: exceptions and truststore certificates that run out. */
export function dateFindings(config: StageConfig, now: Date, root: string = REPOSITORY): Finding[] {
  return [...exceptionFindings(config, now), ...truststoreFindings(config, now, root)].map((finding) => ({
    stage: config.stage,
    ...finding,
  }));
}

/** Example values as findings: a warning while people build, an error for a config that is to be deployed. */
export function exampleFindings(config: StageConfig, severity: Finding['severity']): Finding[] {
  return exampleValues(config).map(({ id, path, value, edit }) => ({
    id,
    severity,
    stage: config.stage,
    path,
    message: `is not supplied, still the example ${value}; put here ${edit}`,
  }));
}

/** Alarms of production that would reach nobody, or the first one only. Nobody has to be told about the sandbox's. */
export function escalationFindings({ stage, escalation: { channels, fallbackEmails } }: StageConfig): Finding[] {
  if (stage !== 'production') return [];
  const warning = (id: string, path: string, message: string): Finding => ({
    id,
    severity: 'warning',
    stage,
    path: `escalation.${path}`,
    message,
  });
  const untold = (['page', 'ticket'] as const).filter(
    (severity) => !channels.some(({ severities }) => severities.includes(severity)),
  );
  const timed = channels.some(({ kind, severities }) => kind === 'pagerduty' && severities.includes('page'));
  return [
    ...untold.map((severity) =>
      warning('no-channel', 'channels', `has no channel for alarms of severity ${severity}: nobody is told`),
    ),
    ...(timed
      ? []
      : [
          warning(
            'no-timed-escalation',
            'channels',
            'has no PagerDuty channel for pages: no timed escalation, so a page that nobody answers is not passed on',
          ),
        ]),
    ...(channels.length > 0 && fallbackEmails.length === 0
      ? [warning('no-fallback', 'fallbackEmails', 'is empty: nobody is told when a channel does not get through')]
      : []),
  ];
}

function exceptionFindings({ webhook: { allowList } }: StageConfig, now: Date): Dated[] {
  if (!('any' in allowList)) return [];
  const { expires, owner } = allowList;
  const path = 'webhook.allowList.expires';
  // The day named is the last one on which the exception holds.
  const left = Date.parse(expires) + DAY - now.getTime();
  if (left <= 0) {
    const message = `ended the exception for any address with ${expires}: list PayCA's ranges, or have ${owner} renew it`;
    return [{ id: 'allow-list-exception-expired', severity: 'error', path, message }];
  }
  if (left > EXCEPTION_NOTICE_DAYS * DAY) return [];
  const message = `ends the exception for any address with ${expires}, ${inDays(left)}: list PayCA's ranges, or have ${owner} renew it`;
  return [{ id: 'allow-list-exception-expiring', severity: 'warning', path, message }];
}

function truststoreFindings({ webhook: { mutualTls } }: StageConfig, now: Date, root: string): Dated[] {
  if (!mutualTls) return [];
  const { certificates } = readTruststore(mutualTls.truststore, root);
  // A certificate may be there ahead of its time as long as another one works.
  const early = certificates.some((certificate) => isValid(certificate, now)) ? 'warning' : 'error';
  return certificates.flatMap((certificate, index) => certificateFinding(certificate, index, now, early) ?? []);
}

function validity({ validFrom, validTo }: X509Certificate): { from: Date; to: Date } {
  return { from: new Date(validFrom), to: new Date(validTo) };
}

function isValid(certificate: X509Certificate, now: Date): boolean {
  const { from, to } = validity(certificate);
  return from <= now && now < to;
}

function certificateFinding(
  certificate: X509Certificate,
  index: number,
  now: Date,
  early: Finding['severity'],
): Dated | undefined {
  const path = 'webhook.mutualTls.truststore';
  const name = nameCertificate(certificate, index);
  const { from, to } = validity(certificate);
  const left = to.getTime() - now.getTime();
  if (from > now) {
    const message = `holds ${name}, not valid before ${from.toISOString()}: keep the certificate that it follows until then`;
    return { id: 'truststore-certificate-not-yet-valid', severity: early, path, message };
  }
  if (left <= 0) {
    const message = `holds ${name}, expired since ${to.toISOString()}: ask PayCA for the certificate that follows it`;
    return { id: 'truststore-certificate-expired', severity: 'error', path, message };
  }
  if (left > CERTIFICATE_NOTICE_DAYS * DAY) return undefined;
  const message = `holds ${name}, which expires at ${to.toISOString()}, ${inDays(left)}: ask PayCA for the certificate that follows it`;
  return { id: 'truststore-certificate-expiring', severity: 'warning', path, message };
}

function inDays(milliseconds: number): string {
  const days = Math.floor(milliseconds / DAY);
  return days === 0 ? 'in less than a day' : `in ${days} ${days === 1 ? 'day' : 'days'}`;
}
