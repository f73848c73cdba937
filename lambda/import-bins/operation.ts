import { join } from 'node:path';
import * as z from 'zod';
import type { CatalogueVersion } from '../payca/bin-catalogue';
import { CatalogueError } from '../payca/bin-catalogue';
import type { Verdict } from '../payca/evidence';
import { IMPORTS } from '../payca/imports';
import { ProgressChanged } from '../payca/progress';
import { Doubts, examine, findingsOf, REPORT_FILES, type Summary } from './examine';
import { described, folderOf, type Imported, type Importer, importFile } from './import-file';
import type { Confirmation, InForce } from './register';

/** Line of the runbook that the catalogue answers. */
const RUNBOOK_LINE = '3.1';

const actor = z.string().min(1).max(200);
const version = z.string().min(1).max(100);
const reason = z.string().trim().min(3).max(500);

export const requestSchema = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('import'),
    key: z.string().startsWith(IMPORTS.binCommands),
    dryRun: z.boolean(),
    actor,
  }),
  // The reason says why in spite of findings.
  z.strictObject({ do: z.literal('confirm'), version, actor, reason: reason.optional() }),
  z.strictObject({ do: z.literal('rollback'), version, actor, reason }),
  // What is in force against what PayCA has now.
  z.strictObject({ do: z.literal('compare'), actor, record: z.boolean() }),
]);

/** What an operator may ask for. */
export type Request = z.infer<typeof requestSchema>;

export type Outcome =
  | Imported
  /** Nothing was changed, and why. */
  | { readonly result: 'refused'; readonly reason: string }
  | {
      readonly result: 'in-force';
      readonly version: string;
      readonly former?: string;
      /** Manifest of the record. */
      readonly evidence: string;
    }
  | {
      readonly result: 'compared';
      readonly version: string;
      readonly verdict: Verdict;
      readonly summary: Summary;
      readonly report: string;
      readonly evidence?: string;
    };

/** Does what is asked for; what cannot be done changes nothing. */
export async function operate(request: Request, importer: Importer): Promise<Outcome> {
  try {
    switch (request.do) {
      case 'import':
        return await importFile(importer, request);
      case 'confirm':
        return await confirm(request, importer);
      case 'rollback':
        return await rollBack(request, importer);
      case 'compare':
        return await compare(request, importer);
    }
  } catch (error) {
    if (error instanceof CatalogueError) return refused(error.message);
    if (error instanceof ProgressChanged) return refused(await fasterThan(importer));
    throw error;
  }
}

const refused = (why: string): Outcome => ({ result: 'refused', reason: why });

async function fasterThan({ register }: Importer): Promise<string> {
  const [last] = (await register.current())?.history ?? [];
  return `somebody else was faster: ${last?.version} was ${last?.act} by ${last?.by} at ${last?.at}`;
}

async function confirm(
  { version: name, actor: by, reason: why }: Extract<Request, { do: 'confirm' }>,
  importer: Importer,
): Promise<Outcome> {
  const { register, run } = importer;
  const [current, versions] = await Promise.all([register.current(), register.versions()]);
  const found = versions.find(({ version: one }) => one === name);
  if (!found) return refused(`there is no version ${name}; there are: ${namesOf(versions)}`);
  if (current?.version !== name) {
    if (found.base !== current?.version)
      return refused(
        `${name} was compared with ${found.base ?? 'none'}, and ${current?.version ?? 'none'} is in force now: import the file again`,
      );
    const findings = findingsOf(found.summary);
    if (findings > 0 && !why)
      return refused(
        `${findings} findings are to be cleared up (${found.report}report.html); to confirm all the same, say why: --despite-findings REASON`,
      );
    await mustBeWhole(found, importer);
    await register.putInForce(found, { at: run.time, by, act: 'confirmed', reason: why }, current);
  }
  // Confirmed again, it is recorded again: the first time may have failed at that.
  const confirmation = current?.version === name ? lastOf(current, name) : { by, reason: why };
  const former = formerOf(current, name);
  const details = { ...described(found), confirmed: confirmation, former: former ?? 'none' };
  const evidence = await importer.record({ line: RUNBOOK_LINE, verdict: 'pass', details }, by);
  return { result: 'in-force', version: name, former, evidence };
}

/** What was in force before `name`, whether `name` is in force already or only comes. */
const formerOf = (current: InForce | undefined, name: string): string | undefined =>
  current?.version === name ? current.history[1]?.version : current?.version;

const namesOf = (versions: readonly { readonly version: string }[]) =>
  versions.map(({ version: name }) => name).join(', ') || 'none';

const lastOf = (current: InForce, name: string): Confirmation | undefined =>
  current.history?.find(({ version: one }) => one === name);

/** Reads it to its end: what was tampered with does not come into force. */
async function mustBeWhole(found: CatalogueVersion, { lines }: Importer): Promise<void> {
  for await (const _line of lines(found));
}

async function rollBack(
  { version: name, actor: by, reason: why }: Extract<Request, { do: 'rollback' }>,
  importer: Importer,
): Promise<Outcome> {
  const { register, run } = importer;
  const [current, versions] = await Promise.all([register.current(), register.versions()]);
  if (!current) return refused('no catalogue is in force');
  const [last] = current.history;
  // Asked again for what is done: its answer was lost, or its record failed.
  const isDone = current.version === name && last?.act === 'rolled back' && last.by === by && last.reason === why;
  if (current.version === name && !isDone) return refused(`${name} is in force`);
  const former = versions.filter(({ version: one }) => lastOf(current, one) && (isDone || one !== current.version));
  const found = former.find(({ version: one }) => one === name);
  if (!found) return refused(`${name} was not in force before; these were: ${namesOf(former)}`);
  if (!isDone) {
    await mustBeWhole(found, importer);
    await register.putInForce(found, { at: run.time, by, act: 'rolled back', reason: why }, current);
  }
  const from = formerOf(current, name);
  const details = {
    ...described(found),
    rolledBack: { by, from, reason: why },
    confirmed: current.history.find(({ version: one, act }) => one === name && act === 'confirmed'),
  };
  const evidence = await importer.record({ line: RUNBOOK_LINE, verdict: 'pass', details }, by);
  return { result: 'in-force', version: name, former: from, evidence };
}

async function compare(
  { actor: by, record }: Extract<Request, { do: 'compare' }>,
  importer: Importer,
): Promise<Outcome> {
  const { register, directory, stage, run, lines } = importer;
  const current = await register.current();
  if (!current) return refused('no catalogue is in force: golive bins import, then confirm');
  const live = await importer.live();
  const summary = await examine({
    ...{ stage, live, directory, doubts: new Doubts(directory) },
    title: `BIN catalogue ${current.version} against PayCA`,
    facts: { 'In force': current.version, Looked: run.time },
    next: 'It is in force.',
    lines: lines(current),
    inForce: lines(current),
  });
  const report = folderOf(importer);
  for (const file of REPORT_FILES) await importer.put(`${report}${file}`, join(directory, file));
  const verdict = live.state === 'read' ? (summary.differences > 0 ? 'fail' : 'pass') : 'no-data';
  const details = { version: current.version, sha256: current.sha256, rows: current.rows, compared: summary, report };
  const evidence = record ? await importer.record({ line: RUNBOOK_LINE, verdict, details }, by) : undefined;
  return { result: 'compared', version: current.version, verdict, summary, report, evidence };
}
