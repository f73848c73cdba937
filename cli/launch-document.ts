import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Run } from '../lambda/payca/evidence';
import { sha256 } from '../lambda/payca/inbox';
import { openPoints } from '../lib/launch/document/closing-sections';
import { launchDocument } from '../lib/launch/document/document';
import type { LaunchFacts } from '../lib/launch/document/facts';
import { htmlDocument } from '../lib/launch/document/html';
import { documentInputs, SHOWN_BY_DOCUMENT } from '../lib/launch/document/line-status';
import { markdownDocument } from '../lib/launch/document/markdown';
import { EvidenceStore, operatorRun } from './evidence';
import { type FactOptions, launchFacts } from './launch-facts';
import { METRIC_FILE_HELP } from './metric-file';
import { output, stageOption, stageOutputs } from './stage';

interface Options extends FactOptions {
  readonly out?: string;
  readonly record: boolean;
}

async function make(options: Options): Promise<void> {
  const run = operatorRun(new Date());
  const keptBy = options.record ? run.actor : undefined;
  const facts = await launchFacts(options, { now: new Date(run.time), keptBy, commit: run.commit });
  const document = launchDocument(facts);
  const html = htmlDocument(document);
  const file = options.out ?? join('out', 'launch-document', `${options.stage}.html`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, html);
  const markdown = file.replace(/\.html$/, '.md');
  writeFileSync(markdown, markdownDocument(document));
  const { newest, records, problems } = facts.evidence;
  const lines = [
    `document  ${file}, ${markdown}`,
    `records   ${document.records.length} named, of ${records.length}; ${problems.length} problems`,
    `open      ${openPoints(facts).length} points`,
    `manifest  ${newest ? newest.sha256 : 'none: nothing was recorded'}`,
  ];
  console.log(lines.join('\n'));
  if (options.record) console.log(`recorded  ${await record(facts, html, run)}`);
}

/** Keeps the document's hash and what its verdicts depend on; gives the key. */
async function record(facts: LaunchFacts, html: string, run: Run): Promise<string> {
  const { config, evidence } = facts;
  const store = new EvidenceStore(output(await stageOutputs(config, ['state']), 'EvidenceBucket'), config.region);
  const kept = { documentSha256: sha256(html), manifest: evidence.newest?.sha256 ?? 'none' };
  const findings = SHOWN_BY_DOCUMENT.map((line, index) => ({
    line,
    verdict: 'pass' as const,
    details: index === 0 ? { ...kept, inputs: documentInputs(facts) } : kept,
  }));
  return (await store.write(run, findings)).key;
}

function htmlFile(path: string): string {
  if (path.endsWith('.html')) return path;
  throw new InvalidArgumentError('It must end with .html; the Markdown is written beside it.');
}

/** `golive launch-document`. */
export function launchDocumentCommand(): Command {
  return new Command('launch-document')
    .description('make the launch document from what is recorded: one HTML page, and the same as Markdown')
    .addOption(stageOption())
    .option('--out <file>', 'where to write it (default: out/launch-document/<stage>.html)', htmlFile)
    .option(
      '--metrics <file>',
      'draw the dashboards from recorded metrics (default: from what CloudWatch has of the launch)',
    )
    .option('--folder <directory>', 'read the evidence from a copy of it (golive evidence export)')
    .option(
      '--record',
      "write the document's hash, and what its readiness depends on, into the stage's evidence bucket",
      false,
    )
    .addHelpText('after', METRIC_FILE_HELP)
    .action(make);
}
