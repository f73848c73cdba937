import { CsvError, type InfoRecord, parse } from 'csv-parse/sync';
import * as z from 'zod';
import { isKnownStatistic, type Sample } from '../lib/monitoring/evaluation/metric-samples';
import { OperatorError } from './stage';

/** For `--help`. */
export const METRIC_FILE_HELP = `
The file is one of
  CSV with a first line of column names:
    metric      WebhooksReceived
    dimensions  Stage=production;service=receive-webhook (may be left out or empty)
    timestamp   2026-12-01T08:05:00Z: when it was measured, or the start of the minute
    value       a number
    statistic   Sum, Average, Minimum, Maximum, SampleCount, p99 ... of that minute; empty for a single value
    namespace   PayCA/GoLive (may be left out: then any namespace fits)
    arrived     when CloudWatch had it, for what came late (may be left out)
  the JSON lines of a CloudWatch metric stream, as Firehose writes them to S3.
Values of single minutes give the exact times; CloudWatch keeps those for 15 days.`;

const COLUMNS = ['metric', 'dimensions', 'timestamp', 'value', 'statistic', 'namespace', 'arrived'] as const;
const REQUIRED = ['metric', 'timestamp', 'value'] as const;
type Column = (typeof COLUMNS)[number];
type Fields = Partial<Record<Column, string>>;

/** Problems shown one by one; a file in another format has one on every line. */
const SHOWN = 100;

class Problems {
  private readonly found: { line: number; problem: string }[] = [];

  add(line: number, problem: string): undefined {
    this.found.push({ line, problem });
    return undefined;
  }

  /** Throws when there are any. */
  check(): void {
    if (this.found.length === 0) return;
    const lines = this.found.sort((a, b) => a.line - b.line).map(({ line, problem }) => `line ${line}: ${problem}`);
    const more = lines.length - SHOWN;
    const last = more > 0 ? [`... and ${more} more problems`] : [];
    throw new OperatorError(['the metrics cannot be read:', ...lines.slice(0, SHOWN), ...last].join('\n  '));
  }
}

/** Samples of a file of recorded metrics; throws an `OperatorError` with every problem and its line. */
export function readMetricFile(text: string): Sample[] {
  const problems = new Problems();
  const samples = text.trimStart().startsWith('{') ? readStream(text, problems) : readCsv(text, problems);
  problems.check();
  if (samples.length === 0) throw new OperatorError('the metrics cannot be read: the file has no samples');
  return samples;
}

function readCsv(text: string, problems: Problems): Sample[] {
  const records = parse(text, {
    bom: true,
    info: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error instanceof CsvError) problems.add(Number(error.lines), error.message.replace(/ at line \d+/, ''));
      return undefined;
    },
  }) as unknown as { record: string[]; info: InfoRecord }[];
  const [header, ...rows] = records;
  const columns = readHeader(header?.record ?? [], header?.info.lines ?? 1, problems);
  if (!columns) return [];
  const seen = new Map<string, number>();
  return rows.flatMap(({ record, info: { lines } }) => {
    if (record.length !== columns.length)
      return problems.add(lines, `must have ${columns.length} fields, got ${record.length}`) ?? [];
    const fields: Fields = Object.fromEntries(columns.map((column, index) => [column, record[index]]));
    const sample = readRow(fields, lines, problems);
    return sample && isNew(sample, lines, seen, problems) ? [sample] : [];
  });
}

function readHeader(names: readonly string[], line: number, problems: Problems): Column[] | undefined {
  const unknown = names.filter((name) => !COLUMNS.some((column) => column === name));
  const missing = REQUIRED.filter((column) => !names.includes(column));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  for (const name of unknown)
    problems.add(line, `unknown column ${JSON.stringify(name)}; known are ${COLUMNS.join(', ')}`);
  for (const name of missing) problems.add(line, `no column ${name}`);
  for (const name of twice) problems.add(line, `column ${name} is there twice`);
  return unknown.length + missing.length + twice.length === 0 ? (names as Column[]) : undefined;
}

function readRow(fields: Fields, line: number, problems: Problems): Sample | undefined {
  const { metric = '', value = '', statistic = '', namespace = '' } = fields;
  const dimensions = readDimensions(fields.dimensions ?? '');
  const timestamp = readTime(fields.timestamp ?? '');
  const arrived = fields.arrived ? readTime(fields.arrived) : undefined;
  const number = value === '' ? Number.NaN : Number(value);
  const rules: [column: Column, holds: boolean, must: string][] = [
    ['metric', metric !== '', 'the name of a metric'],
    ['dimensions', dimensions !== undefined, 'Name=Value;Name=Value'],
    ['timestamp', timestamp !== undefined, 'a time with its zone such as 2026-12-01T08:05:00Z'],
    ['value', Number.isFinite(number), 'a number'],
    [
      'statistic',
      statistic === '' || isKnownStatistic(statistic),
      'Sum, Average, Minimum, Maximum, SampleCount, a percentile or empty',
    ],
    ['arrived', !fields.arrived || (arrived ?? 0) >= (timestamp ?? 0), 'a time with its zone, not before timestamp'],
  ];
  const broken = rules.filter(([, holds]) => !holds);
  for (const [column, , must] of broken)
    problems.add(line, `${column} must be ${must}, got ${JSON.stringify(fields[column] ?? '')}`);
  if (broken.length > 0 || !dimensions || timestamp === undefined) return undefined;
  return {
    metric,
    dimensions,
    timestamp,
    value: number,
    ...(statistic && { statistic }),
    ...(namespace && { namespace }),
    ...(arrived !== undefined && { arrived }),
  };
}

function readDimensions(text: string): Record<string, string> | undefined {
  const pairs = text
    .split(';')
    .filter(Boolean)
    .map((pair) => /^\s*([^=]+?)\s*=\s*(.+?)\s*$/.exec(pair));
  if (pairs.includes(null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1], pair?.[2]]));
}

function readTime(text: string): number | undefined {
  const time = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** A minute's sum that is there twice would count twice. */
function isNew(sample: Sample, line: number, seen: Map<string, number>, problems: Problems): boolean {
  if (sample.statistic === undefined) return true;
  const { namespace, metric, dimensions, timestamp, statistic } = sample;
  const key = JSON.stringify([namespace, metric, Object.entries(dimensions).sort(), timestamp, statistic]);
  const earlier = seen.get(key);
  if (earlier === undefined) seen.set(key, line);
  else problems.add(line, `has the same metric, dimensions, timestamp and statistic as line ${earlier}`);
  return earlier === undefined;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-metric-streams-formats-json.html */
const streamed = z.object({
  namespace: z.string().min(1),
  metric_name: z.string().min(1),
  dimensions: z.record(z.string(), z.string()).default({}),
  timestamp: z.number().int().positive(),
  value: z.record(z.string(), z.number()),
});
const STREAM_STATISTICS: Readonly<Record<string, string>> = {
  sum: 'Sum',
  count: 'SampleCount',
  min: 'Minimum',
  max: 'Maximum',
};

function readStream(text: string, problems: Problems): Sample[] {
  return text.split('\n').flatMap((content, index) => {
    if (content.trim() === '') return [];
    const read = streamed.safeParse(parsed(content));
    if (!read.success) {
      const what = read.error.issues.map(({ path, message }) => `${path.join('.') || 'the line'}: ${message}`);
      return problems.add(index + 1, what.join('; ')) ?? [];
    }
    const { namespace, metric_name: metric, dimensions, timestamp, value } = read.data;
    return Object.entries(value).flatMap(([name, number]) => {
      const statistic = STREAM_STATISTICS[name] ?? name;
      return isKnownStatistic(statistic)
        ? [{ namespace, metric, dimensions, timestamp, value: number, statistic }]
        : [];
    });
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
