import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Context, EventBridgeEvent } from 'aws-lambda';
import * as z from 'zod';
import { currentCatalogue } from '../payca/bin-catalogue';
import type { Finding } from '../payca/evidence';
import { EvidenceStore, functionRun } from '../payca/evidence-store';
import { IMPORTS } from '../payca/imports';
import { InboxReader } from '../payca/inbox-reader';
import { describeError, log } from '../payca/log';
import { Meter } from '../payca/metrics';
import { Progress } from '../payca/progress';
import { putFile } from '../payca/put-file';
import { isOfSmoke, smokeIds } from '../payca/smoke-ids';
import { variable } from '../payca/variables';
import { periodOf } from './places';
import { RECONCILING, type Reconciling } from './reconciling';
import { RUNBOOK_LINE, reconcileFees } from './run';
import type { ReconciliationSettings } from './settings';
import { StatementError } from './statement';

const s3 = new S3Client();
const inbox = new InboxReader(variable('INBOX_TABLE'), variable('AWS_REGION'));
const evidence = new EvidenceStore(variable('EVIDENCE_BUCKET'), s3);
const progress = new Progress(RECONCILING);
const settings: ReconciliationSettings = JSON.parse(variable('RECONCILIATION'));

const droppedSchema = z.object({ object: z.object({ key: z.string() }) });

/**
 * Reconciles a statement that was put into the imports bucket; leaves a report there and a record in the evidence bucket. A
 * statement that cannot be read leaves its problems instead: trying again would not mend it.
 */
export async function handler(event: EventBridgeEvent<'Object Created', unknown>, context: Context): Promise<void> {
  const meter = new Meter();
  log.resetKeys();
  log.appendKeys({ functionRequestId: context.awsRequestId });
  const directory = await mkdtemp(join(tmpdir(), 'reconciliation-'));
  try {
    const { key } = droppedSchema.parse(event.detail).object;
    const run = functionRun('reconcile-fees', new Date());
    const begun = run.time;
    await progress.remember(key, { begun } satisfies Reconciling);
    const { finding, files } = await reconciled(key, directory, new Date(run.time));
    const folder = `${IMPORTS.reconciliations}${run.time.slice(0, 10)}-${run.id}`;
    const bucket = variable('IMPORTS_BUCKET');
    for (const file of files) await putFile(s3, bucket, `${folder}/${file}`, join(directory, file));
    const { key: manifest } = await evidence.write(run, [{ ...finding, details: { ...finding.details, folder } }]);
    log.info('statement reconciled', { verdict: finding.verdict, report: folder, manifest });
    meter.add('ReconciliationFailed', finding.verdict === 'pass' ? 0 : 1);
    await progress.remember(key, { begun, ended: new Date().toISOString() } satisfies Reconciling);
  } catch (error) {
    log.error('statement not reconciled', { problem: describeError(error) });
    meter.add('ReconciliationFailed');
    throw error;
  } finally {
    await rm(directory, { recursive: true });
    meter.publish();
  }
}

/** What was found, and the files of the report in `directory`. */
async function reconciled(key: string, directory: string, now: Date): Promise<{ finding: Finding; files: string[] }> {
  const [{ Body, ContentLength = 0 }, catalogue, labels] = await Promise.all([
    s3.send(new GetObjectCommand({ Bucket: variable('IMPORTS_BUCKET'), Key: key })),
    currentCatalogue(),
    smokeIds(),
  ]);
  const name = basename(key);
  try {
    const { finding, files } = await reconcileFees({
      settings,
      period: periodOf(name, settings.firstDay, settings.day),
      tariff: catalogue?.rows ?? [],
      isSmoke: (entry) => isOfSmoke(entry, labels),
      asOf: now.getTime(),
      statementBytes: ContentLength,
      stage: variable('STAGE'),
      statement: { name, content: Body as Readable },
      received: (from, to) => inbox.received(from, to),
      directory,
    });
    return { finding, files: Object.keys(files) };
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    await writeFile(join(directory, 'problems.txt'), `${error.message}\n`);
    const details = { statement: { name }, problem: 'the statement cannot be read' };
    return { finding: { line: RUNBOOK_LINE, verdict: 'fail', details }, files: ['problems.txt'] };
  }
}
