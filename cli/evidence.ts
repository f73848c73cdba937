import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { S3Client } from '@aws-sdk/client-s3';
import type { EvidenceObject, Finding, Run } from '../lambda/payca/evidence';
import { EvidenceError, EvidenceStore as Recorder } from '../lambda/payca/evidence-store';
import { OperatorError } from './stage';

/** A run of an operator's command, now. */
export function operatorRun(now: Date): Run {
  return { id: randomUUID(), time: now.toISOString(), actor: userInfo().username, commit: commit() };
}

/** Commit of the checkout, marked when it was edited since. */
function commit(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return `${git('rev-parse', 'HEAD')}${git('status', '--porcelain') ? ' with changes' : ''}`;
  } catch {
    return 'not a git checkout';
  }
}

/** The evidence bucket of a stage, for operators: why nothing could be recorded is told without a stack trace. */
export class EvidenceStore extends Recorder {
  constructor(bucket: string, region: string) {
    super(bucket, new S3Client({ region }));
  }

  override write(run: Run, findings: readonly Finding[]): Promise<EvidenceObject> {
    return super.write(run, findings).catch((error) => {
      throw error instanceof EvidenceError ? new OperatorError(error.message) : error;
    });
  }
}
