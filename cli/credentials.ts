import { Command } from 'commander';
import type { RequestIds } from '../lambda/payca/api';
import { acceptedUntil, type SecretVersion, versionAt } from '../lambda/payca/credentials';
import type { Finding } from '../lambda/payca/evidence';
import { InboxReader } from '../lambda/payca/inbox-reader';
import type { Outcome, Request } from '../lambda/promote-credentials/promote';
import type { StageConfig } from '../lib/config/schema';
import { EvidenceStore, operatorRun } from './evidence';
import { readHidden } from './hidden-input';
import { invoke } from './invoke';
import { checkForm, OperatedSecret } from './secret';
import { OperatorError, output, readStage, stageOption, stageOutputs } from './stage';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** PayCA's samples are UUIDs; a shorter secret is a half-typed one, or too weak a key for signatures. */
const MIN_LENGTH = { clientId: 4, clientSecret: 16 };

async function put({ stage, record }: { stage: string; record: boolean }): Promise<void> {
  const config = readStage(stage);
  const outputs = await stageOutputs(config, ['state']);
  const secret = new OperatedSecret(output(outputs, 'CredentialsSecret'), config);
  const promoteFunction = output(outputs, 'PromoteFunction');
  const [clientId = '', clientSecret = ''] = await readHidden(['client id', 'client secret']);
  checkForm([
    { name: 'client id', value: clientId, minLength: MIN_LENGTH.clientId },
    { name: 'client secret', value: clientSecret, minLength: MIN_LENGTH.clientSecret },
  ]);
  if (clientId === clientSecret)
    throw new OperatorError('client id and client secret are the same; nothing was changed');
  progress('form', 'client id and client secret look like keys');
  const versionId = await secret.put({ clientId, clientSecret }, 'AWSPENDING');
  progress('staged', `version ${versionId}: webhooks signed with it are accepted from now on`);
  progress('proving', `${promoteFunction} asks PayCA`);
  const outcome = await requestChange({ promote: versionId }, promoteFunction, config);
  finish(outcome);
  if (record) {
    const store = new EvidenceStore(output(outputs, 'EvidenceBucket'), config.region);
    const { key } = await store.write(operatorRun(new Date()), [finding(config.stage, outcome)]);
    progress('recorded', key);
  }
}

/** What a put shows of the runbook: keys are in the vault (1.2); those of the sandbox have been changed (1.3). */
export function finding(stage: StageConfig['stage'], outcome: Outcome): Finding {
  const line = stage === 'sandbox' ? '1.3' : '1.2';
  const failed = !outcomeText(outcome).done;
  // The first pair of a sandbox is put, not changed.
  const shown = line === '1.2' || (outcome.result === 'promoted' && outcome.formerAcceptedUntil !== undefined);
  return { line, verdict: failed ? 'fail' : shown ? 'pass' : 'no-data', details: { ...outcome } };
}

async function rollback({ stage }: { stage: string }): Promise<void> {
  const config = readStage(stage);
  const promoteFunction = output(await stageOutputs(config, ['state']), 'PromoteFunction');
  progress('proving', `${promoteFunction} asks PayCA about the former pair`);
  finish(await requestChange({ rollback: true }, promoteFunction, config));
}

async function requestChange(request: Request, FunctionName: string, { region }: StageConfig): Promise<Outcome> {
  return (await invoke(FunctionName, request, { region, advice: 'run this again to finish' })) as Outcome;
}

function progress(step: string, text: string): void {
  console.log(`${step.padEnd(9)} ${text}`);
}

function finish(outcome: Outcome): void {
  const { done, text } = outcomeText(outcome);
  progress(done ? 'done' : 'failed', text);
  process.exitCode = done ? 0 : 1;
}

/** What happened, in one line. */
export function outcomeText(outcome: Outcome): { done: boolean; text: string } {
  const unchanged = 'nothing was changed';
  switch (outcome.result) {
    case 'promoted':
    case 'rolled-back': {
      const which = outcome.result === 'promoted' ? 'the new pair' : 'the former pair';
      const until = outcome.formerAcceptedUntil;
      const other = until ? `; webhooks signed with the pair before it are accepted until ${until}` : '';
      return { done: true, text: `PayCA accepts ${which} (${ids(outcome.requestId)}); it is current${other}` };
    }
    case 'unchanged': {
      const proof = outcome.requestId ? ` and PayCA accepts it (${ids(outcome.requestId)})` : '';
      return { done: true, text: `this pair is current already${proof}` };
    }
    case 'refused':
      return { done: false, text: `PayCA refuses this pair: ${answered(outcome)}; ${unchanged}` };
    case 'unproven': {
      const hint =
        outcome.code === 'ErrNotFound'
          ? '; check payca.baseUrl and payca.balances in config'
          : '; run this again later';
      return {
        done: false,
        text: `PayCA neither accepted nor refused this pair: ${answered(outcome)}; ${unchanged}${hint}`,
      };
    }
    case 'superseded':
      return { done: false, text: `somebody else has put a pair since; ${unchanged}: see credentials status` };
    case 'nothing-staged':
      return { done: false, text: `the staged pair was taken back meanwhile; ${unchanged}: run this again` };
    case 'not-a-pair':
      return { done: false, text: `what was staged is no client id and secret; ${unchanged}` };
    case 'no-former-pair':
      return { done: false, text: `there is no former pair to go back to; ${unchanged}` };
  }
}

function answered({ code, status, requestId }: Extract<Outcome, { code: string }>): string {
  return `${code}${status ? `, HTTP ${status}` : ''} (${ids(requestId)})`;
}

function ids({ sent, received }: RequestIds): string {
  return received && received !== sent ? `request id ${sent}, answered as ${received}` : `request id ${sent}`;
}

/** Versions and stages, and the key that signed lately; never a value. */
export interface CredentialsStatus {
  readonly stage: string;
  readonly versions: readonly SecretVersion[];
  /** Webhooks of the last hour by the key that they matched when they came. */
  readonly matched: Readonly<Record<string, number>>;
  readonly maxAgeDays: number;
}

async function readStatus(config: StageConfig, now: Date): Promise<CredentialsStatus> {
  const outputs = await stageOutputs(config, ['state']);
  const matched: Record<string, number> = {};
  const inbox = new InboxReader(output(outputs, 'InboxTable'), config.region);
  for await (const { keyUsed = 'unknown' } of inbox.received(new Date(now.getTime() - HOUR_MS), now))
    matched[keyUsed] = (matched[keyUsed] ?? 0) + 1;
  const versions = await new OperatedSecret(output(outputs, 'CredentialsSecret'), config).versions();
  return { stage: config.stage, versions, matched, maxAgeDays: config.credentials.maxAgeDays };
}

/** The status in plain lines, each with what to do about it. */
export function statusLines({ stage, versions, matched, maxAgeDays }: CredentialsStatus, now: Date): string[] {
  const line = (name: string, text: string) => `${name.padEnd(9)} ${text}`;
  const put = `npm run golive -- credentials put --stage ${stage}`;
  const current = versionAt('AWSCURRENT', versions);
  // The clock here may be behind that of AWS.
  const days = Math.max(0, Math.floor((now.getTime() - (current?.createdAt ?? 0)) / DAY_MS));
  const due = days >= maxAgeDays ? `, older than ${maxAgeDays}: ask PayCA for new keys, then ${put}` : '';
  const pending = versionAt('AWSPENDING', versions);
  const former = versions.flatMap((version) => {
    const until = version === current ? undefined : acceptedUntil(version);
    if (until === undefined) return [];
    const end = new Date(until).toISOString();
    const left = Math.ceil((until - now.getTime()) / HOUR_MS);
    return [
      line(
        'former',
        `version ${version.id}, accepted until ${end}${left > 0 ? ` (${left} h left)` : ', which is over'}`,
      ),
    ];
  });
  const counts = Object.entries(matched).map(([key, count]) => `${key} ${count}`);
  return [
    line('stage', stage),
    // A secret is born with one version; every pair that is put is another one.
    versions.length < 2
      ? line('current', `none was put yet: ${put}`)
      : line('current', `version ${current?.id ?? 'unknown'}, ${days} day${days === 1 ? '' : 's'} old${due}`),
    ...former,
    ...(pending && pending !== current
      ? [line('pending', `version ${pending.id}, left by a command that was stopped: ${put}`)]
      : []),
    line('matched', counts.length > 0 ? `${counts.join(', ')} in the last hour` : 'no webhook in the last hour'),
  ];
}

async function status({ stage, json }: { stage: string; json: boolean }): Promise<void> {
  const now = new Date();
  const found = await readStatus(readStage(stage), now);
  console.log(json ? JSON.stringify(found, undefined, 2) : statusLines(found, now).join('\n'));
}

const HELP = `
How keys are put, the first time and every later time:
  1. PayCA issues a client id and a client secret. The old ones stay valid for 48 hours.
  2. npm run golive -- credentials put --stage production
     Both are typed at a prompt that does not show them, or read from standard input, one on each of two lines:
       pass show payca/production | npm run --silent golive -- credentials put --stage production
  3. The pair is staged, proven by an authenticated read at PayCA, and made current. Webhooks signed with the old or
     the new key are accepted all the while, with the old one until the end of the overlap (credentials.overlapHours).
  A pair that PayCA refuses changes nothing. The command can be stopped and run again at any point.

What is there:            npm run golive -- credentials status --stage production
Back to the former pair:  npm run golive -- credentials rollback --stage production
Sandbox keys:             the same with --stage sandbox

It needs the stack <programme>-<stage>-state and an AWS session with one of organization.operatorRoles.`;

/** `golive credentials`. */
export function credentialsCommand(): Command {
  return new Command('credentials')
    .description("PayCA's client id and client secret")
    .addHelpText('after', HELP)
    .addCommand(
      new Command('put')
        .description('put a pair that PayCA issued: proven, then current; from a prompt or standard input')
        .addOption(stageOption())
        .option('--record', 'write the outcome into the evidence bucket', false)
        .addHelpText('after', HELP)
        .action(put),
    )
    .addCommand(
      new Command('status')
        .description('versions and stages, age, end of the overlap, which key matched lately; never a value')
        .addOption(stageOption())
        .option('--json', 'print it as JSON', false)
        .action(status),
    )
    .addCommand(
      new Command('rollback')
        .description('make the former pair current again, if PayCA still accepts it')
        .addOption(stageOption())
        .action(rollback),
    );
}
