import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Command, InvalidArgumentError } from 'commander';
import { stages } from '../config';
import { pciPage } from '../lib/compliance/pci-dss-4/page';
import { makeComplianceReport } from '../lib/compliance/report';
import { reportCsv } from '../lib/compliance/report/csv';
import { reportJson } from '../lib/compliance/report/json';
import { reportPage } from '../lib/compliance/report/page';
import { summaryLines } from '../lib/compliance/report/summary';
import { ConfigError } from '../lib/config/problems';
import { parseStages } from '../lib/config/schema';
import { REPOSITORY } from '../lib/config/truststore';
import { addGoLive } from '../lib/golive';

const OUT = join(REPOSITORY, 'out', 'compliance');

new Command('npm run compliance --')
  .description('what the rule packs say of every resource, and what stands against it')
  .option('--as-of <date>', 'judge as on this day, YYYY-MM-DD, instead of today', parseDay)
  .option('--docs', 'also write docs/compliance/pci-dss-4.md', false)
  .action(({ asOf = new Date().toISOString().slice(0, 10), docs }: { asOf?: string; docs: boolean }) => {
    const { context } = JSON.parse(readFileSync(join(REPOSITORY, 'cdk.json'), 'utf8'));
    const app = new App({ context, outdir: join(OUT, 'assembly') });
    const configs = readConfigs();
    if (!configs) return;
    addGoLive(app, configs);
    const report = makeComplianceReport(app, configs, asOf);
    mkdirSync(OUT, { recursive: true });
    const written = {
      'report.json': reportJson(report),
      'report.csv': reportCsv(report),
      'report.html': reportPage(report),
    };
    for (const [name, text] of Object.entries(written)) writeFileSync(join(OUT, name), text);
    if (docs) writeFileSync(join(REPOSITORY, 'docs/compliance/pci-dss-4.md'), pciPage(report.results));
    const paths = Object.keys(written).map((name) => relative(process.cwd(), join(OUT, name)));
    console.log(summaryLines(report, paths).join('\n'));
    process.exitCode = report.verdict === 'pass' ? 0 : 1;
  })
  .parse();

/** Every problem of the config is told; nothing is written then. */
function readConfigs(): ReturnType<typeof parseStages> | undefined {
  try {
    return parseStages(stages);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
    return undefined;
  }
}

function parseDay(text: string): string {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(text) : undefined;
  // February has no 30th day: Date takes it for the 2nd of March.
  if (day && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)) return text;
  throw new InvalidArgumentError('It must be a day: 2026-12-01.');
}
