import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { sha256 } from '../lambda/payca/inbox';
import { openPoints } from '../lib/launch/document/closing-sections';
import { launchDocument } from '../lib/launch/document/document';
import { htmlDocument } from '../lib/launch/document/html';
import { markdownDocument } from '../lib/launch/document/markdown';
import { EvidenceStore, operatorRun } from './evidence';
import { type FactOptions, launchFacts } from './launch-facts';
import { METRIC_FILE_HELP } from './metric-file';
import { output, readStage, stageOption, stageOutputs } from './stage';

/** The launch document exists and links the runbook; the dashboards are at hand, by its links and pictures. */
const LINES = ['A.1', 'A.2'];

interface Options extends FactOptions {
  readonly out?: string;
  readonly record: boolean;
}

async function run(options: Options): Promise<void> {
  const now = new Date();
  const facts = await launchFacts(options, now);
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
  if (options.record) await record(options.stage, { html, manifest: newest?.sha256 }, now);
}

async function record(
  stage: string,
  { html, manifest }: { html: string; manifest?: string },
  now: Date,
): Promise<void> {
  const config = readStage(stage);
  const store = new EvidenceStore(output(await stageOutputs(config, ['state']), 'EvidenceBucket'), config.region);
  const details = { documentSha256: sha256(html), manifest: manifest ?? 'none' };
  const findings = LINES.map((line) => ({ line, verdict: 'pass' as const, details }));
  const { key } = await store.write(operatorRun(now), findings);
  console.log(`recorded  ${key}`);
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
    .option('--record', "write the document's hash into the stage's evidence bucket", false)
    .addHelpText('after', METRIC_FILE_HELP)
    .action(run);
}
