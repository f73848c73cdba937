import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Context, EventBridgeEvent } from 'aws-lambda';
import * as z from 'zod';
import { BALANCES_PATHS, PaycaError, paycaApi } from '../payca/api';
import { CATALOGUE, CatalogueReader } from '../payca/bin-catalogue';
import { currentPair } from '../payca/credentials-secret';
import { EvidenceStore, functionRun } from '../payca/evidence-store';
import { IMPORTS } from '../payca/imports';
import { describeError, log } from '../payca/log';
import { Meter } from '../payca/metrics';
import { Progress } from '../payca/progress';
import { putFile } from '../payca/put-file';
import { optionalVariable, variable } from '../payca/variables';
import { type Importer, importFile } from './import-file';
import { type Live, readLive } from './live';
import { type Outcome, operate, type Request, requestSchema } from './operation';
import { Register } from './register';

const s3 = new S3Client();
const bucket = variable('IMPORTS_BUCKET');
const progress = new Progress(CATALOGUE.owner);
const reader = new CatalogueReader(bucket, progress, s3);
const evidence = new EvidenceStore(variable('EVIDENCE_BUCKET'), s3);

const droppedSchema = z.object({ object: z.object({ key: z.string().startsWith(IMPORTS.binUploads) }) });

/** Imports a catalogue that was put into the imports bucket; for an operator does what is asked for. */
export async function handler(
  event: EventBridgeEvent<'Object Created', unknown> | Request,
  context: Context,
): Promise<Outcome> {
  const meter = new Meter();
  log.resetKeys();
  log.appendKeys({ functionRequestId: context.awsRequestId });
  const directory = await mkdtemp(join(tmpdir(), 'bins-'));
  try {
    const importer = world(directory, meter);
    if (!('detail-type' in event)) return told(await operate(requestSchema.parse(event), importer));
    const { key } = droppedSchema.parse(event.detail).object;
    // Consoles make an empty object for a folder.
    if (key.endsWith('/')) return told({ result: 'refused', reason: 'a folder is no catalogue' });
    const outcome = told(await importFile(importer, { key, dryRun: false, actor: 'put into the imports bucket' }));
    // Whoever put it there is told nothing else.
    meter.add('BinImportRefused', outcome.result === 'unusable' ? 1 : 0);
    return outcome;
  } catch (error) {
    log.error('import-bins failed', { problem: describeError(error) });
    throw error;
  } finally {
    await rm(directory, { recursive: true });
    meter.publish();
  }
}

/** What became of it, without what stood in the file. */
function told<Result extends Outcome>(outcome: Result): Result {
  const { result } = outcome;
  if (result === 'unusable') log.warn('catalogue refused', { problems: outcome.count, folder: outcome.folder });
  else if (result === 'imported')
    log.info('catalogue imported', { version: outcome.version.version, isNew: outcome.isNew });
  else log.info('catalogue', { result });
  return outcome;
}

function world(directory: string, meter: Meter): Importer {
  const run = functionRun('import-bins', new Date());
  return {
    stage: variable('STAGE'),
    decimals: JSON.parse(variable('CURRENCY_DECIMALS')),
    register: new Register(progress),
    open: async (Key) => (await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body as Readable,
    put: (key, path) => putFile(s3, bucket, key, path),
    lines: (version) => reader.lines(version),
    live: () => live(meter),
    record: async (finding, actor) => (await evidence.write({ ...run, actor }, [finding])).key,
    directory,
    run,
  };
}

/** PayCA's side, where the stage's profile has a call that tells it. */
async function live(meter: Meter): Promise<Live> {
  if (optionalVariable('PAYCA_BALANCES') !== 'accounts') return { state: 'not-offered' };
  const pair = await currentPair();
  if (!pair) return { state: 'not-read', reason: 'there are no credentials yet' };
  const onFailure = ({ code }: PaycaError) => meter.add('PaycaErrors', 1, { Code: code });
  try {
    const { body } = await paycaApi({ credentials: () => pair, onFailure }).call({
      method: 'GET',
      path: BALANCES_PATHS.accounts,
    });
    return readLive(body);
  } catch (error) {
    if (error instanceof PaycaError) return { state: 'not-read', reason: error.message };
    throw error;
  }
}
