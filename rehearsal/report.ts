import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Act, ActResult, Check, Verdict } from './acts/act';
import { REPOSITORY } from './assembly';
import type { Listener } from './play';

export interface Report {
  readonly verdict: Verdict;
  /** From the first act's beginning to the last one's end. */
  readonly seconds: number;
  readonly acts: readonly ActResult[];
}

/** What one machine cannot show, and where AWS shows it. */
const NOT_PROVEN = [
  'API Gateway, CloudFormation and IAM themselves: the templates were run by our reading of their documentation',
  'DNS, the certificate and the way through the internet',
  'WAF beyond its IP sets, throttling, and latency under load',
  'Firehose and metric streams: what is on the delivery streams got no further',
  'PagerDuty, Slack, Jira and mail: stand-ins enforced what they document',
  "PayCA's real addresses, client certificate and behaviour: a simulator stood in that follows its documentation",
];

/** Shows what happens while it happens; on a terminal the last line moves. */
export class Screen {
  private lastProgress = 0;
  private moving = false;

  /** With `json` the report alone goes to standard output. */
  constructor(private readonly stream: NodeJS.WriteStream) {}

  line(text = ''): void {
    if (this.moving) this.stream.write('\r\u001b[K');
    this.moving = false;
    this.stream.write(`${text}\n`);
  }

  check({ id, verdict, detail }: Check): void {
    this.line(`  ${verdict.padEnd(7)} ${id.padEnd(24)} ${detail}`);
  }

  progress(text: string): void {
    const now = Date.now();
    if (now - this.lastProgress < (this.stream.isTTY ? 100 : 5000)) return;
    this.lastProgress = now;
    this.stream.write(this.stream.isTTY ? `\r\u001b[K          ${text}` : `          ${text}\n`);
    this.moving = this.stream.isTTY;
  }
}

/** Shows acts that play side by side one after the other: the first that has not ended while it plays, the others from memory. */
export class RunningOrder {
  private readonly seen = new Map<Act, Check[]>();
  private readonly ended = new Set<Act>();
  private current?: Act;

  constructor(
    private readonly acts: readonly Act[],
    private readonly screen: Screen,
  ) {
    this.advance();
  }

  listener(act: Act): Listener & { readonly ended: () => void } {
    return {
      check: (check) => {
        if (act === this.current) this.screen.check(check);
        else this.seen.set(act, [...(this.seen.get(act) ?? []), check]);
      },
      progress: (text) => {
        if (act === this.current) this.screen.progress(text);
      },
      ended: () => {
        this.ended.add(act);
        if (act === this.current) this.advance();
      },
    };
  }

  private advance(): void {
    do {
      this.current = this.acts[this.current ? this.acts.indexOf(this.current) + 1 : 0];
      if (!this.current) return;
      this.screen.line(`\n${this.current.id}: ${this.current.title}`);
      for (const check of this.seen.get(this.current) ?? []) this.screen.check(check);
    } while (this.ended.has(this.current));
  }
}

/** Writes the report; gives its path, relative to the repository. */
export function writeReport(report: Report): string {
  const path = join('out', 'rehearsal', 'rehearsal.json');
  mkdirSync(dirname(join(REPOSITORY, path)), { recursive: true });
  writeFileSync(join(REPOSITORY, path), `${JSON.stringify(report, undefined, 2)}\n`);
  return path;
}

/** Table, what was proven, what was not, what to do next. */
export function closingLines(
  { verdict, seconds: total, acts }: Report,
  titles: readonly Act[],
  next: string,
  path: string,
): string[] {
  const table = acts.map(({ id, verdict, seconds, checks }) => {
    const passed = checks.filter((check) => check.verdict === 'pass').length;
    return `  ${id.padEnd(16)} ${verdict.padEnd(8)} ${`${passed} of ${checks.length}`.padStart(9)} ${seconds.toFixed(1).padStart(9)}`;
  });
  const failed = acts.flatMap(({ id, checks }) =>
    checks.filter((check) => check.verdict !== 'pass').map((check) => `  ${id}/${check.id}: ${check.detail}`),
  );
  const proven = titles.filter(({ id }) => acts.some((act) => act.id === id && act.verdict === 'pass'));
  const leaves = proven.flatMap(({ leaves = [] }) => leaves);
  return [
    '',
    `  ${'act'.padEnd(16)} ${'verdict'.padEnd(8)} ${'checks'.padStart(9)} ${'seconds'.padStart(9)}`,
    ...table,
    `  ${'together'.padEnd(36)} ${total.toFixed(1).padStart(9)}`,
    '',
    ...(failed.length > 0 ? ['Failed:', ...failed, ''] : []),
    'Proven on this machine, from the templates that would be deployed:',
    ...(proven.length > 0 ? proven.map(({ title }) => `  ${title}`) : ['  nothing']),
    'Not proven here:',
    ...NOT_PROVEN.map((text) => `  ${text}`),
    `Next:    ${next}`,
    `Report:  ${path}`,
    ...leaves.map((text) => `Read:    ${text}`),
    `Verdict: ${verdict}`,
  ];
}
