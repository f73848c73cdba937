/** Environment variables of the functions; `lib` sets them under the same names. */
export type Variable =
  | 'STAGE'
  | 'AWS_REGION'
  | 'INBOX_TABLE'
  | 'CREDENTIALS_SECRET'
  | 'ONE_TIME_CODE_KEY'
  | 'ACKNOWLEDGE_STATUS'
  | 'BODY_LIMIT_BYTES'
  | 'EVENT_BUS'
  | 'WEBHOOK_RETENTION_DAYS'
  | 'ARCHIVE_BUCKET'
  | 'EVIDENCE_BUCKET'
  | 'PAYCA_BASE_URL'
  | 'PAYCA_TIMEOUT_SECONDS'
  | 'PAYCA_CALLS_PER_SECOND'
  | 'PAYCA_BALANCES'
  | 'WEBHOOK_URL'
  | 'WEBHOOK_REGISTRATION'
  | 'WEBHOOK_TYPES'
  | 'OVERLAP_HOURS'
  | 'PROGRESS_TABLE'
  | 'BALANCE_CURRENCY'
  | 'TRUSTSTORE_ENDS'
  | 'ALARM_PREFIX'
  | 'CHANNEL'
  | 'CHANNEL_SECRET'
  | 'CHANNEL_QUEUE'
  | 'NOTIFICATIONS_TABLE'
  | 'SMOKE_SETTINGS'
  | 'SMOKE_FUNCTION'
  | 'RELEASE'
  | 'RECEIVER_FUNCTION'
  | 'DEFAULT_ENDPOINT'
  | 'OWNERS_TOPIC'
  | 'FIGURES_EXPECTED'
  | 'LAUNCH'
  | 'SMOKE_FUNCTION'
  | 'IMPORTS_BUCKET'
  | 'CURRENCY_DECIMALS'
  | 'RECONCILIATION';

/** The value of an environment variable that the template must have set. */
export function variable(name: Variable): string {
  const value = process.env[name];
  if (!value) throw new Error(`environment variable ${name} is not set`);
  return value;
}

/** The value of an environment variable that must be a whole number above zero. */
export function numberVariable(name: Variable): number {
  const value = variable(name);
  if (!/^[1-9]\d*$/.test(value)) throw new Error(`environment variable ${name} must be a whole number, found ${value}`);
  return Number(value);
}

/** The value of an environment variable that the template sets only where the config asks for it. */
export function optionalVariable(name: Variable): string | undefined {
  return process.env[name] || undefined;
}
