import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'csv-parse/sync';
import { CATALOGUE, type CatalogueRow, catalogueLine } from '../../lambda/payca/bin-catalogue';
import { readEvidence } from '../../lambda/payca/evidence-chain';
import { IMPORTS } from '../../lambda/payca/imports';
import { sha256 } from '../../lambda/payca/inbox';
import type { ReconciliationSettings } from '../../lambda/reconcile-fees/settings';
import type { CurrencySummary } from '../../lambda/reconcile-fees/totals';
import { type Case, cleanCases, PROFILES, type Profile, plantedCases, referenceOf, statementOf } from '../fee-cases';
import { Metrics } from '../metrics';
import { golive } from '../operator';
import { Random, webhook } from '../payca';
import type { World } from '../world';
import type { Act, Scene } from './act';
import { path } from './first-deploy';

const DAY_MS = 24 * 60 * 60 * 1000;
const TARIFF: readonly CatalogueRow[] = [
  {
    bin: '411111',
    currency: 'EUR',
    provider: 'visa',
    fees: {
      authorization: [{ range: '0-100', value: '0.35' }],
      settlement: [{ range: '0-100', value: '0.20' }],
    },
  },
];

/** PayCA's statement against what its webhooks told. */
export const reconciliation: Act = {
  id: 'reconciliation',
  title: 'Fees against the statement in both profiles: a clean one closes to zero, every planted break is found',
  play: async (scene) => {
    const books = new Books(scene);
    await scene.world.supply(scene.credentials);
    await books.importTariff();
    await byCommand(scene, books);
    for (const profile of PROFILES) await byDrop(scene, books, profile);
    await unreadable(scene, books);
    await cutOff(scene, books);
    const refusals = [...new Set(scene.world.gate.refusals)];
    const detail = refusals.slice(0, 3).join('; ') || 'every call to AWS is allowed by role and key';
    scene.check('permitted', refusals.length === 0, detail);
  },
};

/** What a dropped statement left behind. */
interface Left {
  readonly verdict: string;
  readonly details: Readonly<Record<string, unknown>> & { readonly currencies?: readonly CurrencySummary[] };
  readonly file: (name: string) => string;
}

/** Both sides of the books on this stage. */
class Books {
  private readonly random: Random;
  private readonly metrics: Metrics;

  constructor(private readonly scene: Scene) {
    this.random = new Random(scene.seed);
    this.metrics = new Metrics(scene.world);
  }

  private get world(): World {
    return this.scene.world;
  }

  get now(): number {
    return Date.now() + this.world.s3.clockOffsetMs;
  }

  /** To an hour of the next day in UTC; gives its date. */
  toNextDay(hour: number): string {
    this.world.moveClock(DAY_MS - (this.now % DAY_MS) + hour * 60 * 60 * 1000);
    return new Date(this.now).toISOString().slice(0, 10);
  }

  /** As `golive bins import` leaves it. */
  async importTariff(): Promise<void> {
    const [key, content] = [`${IMPORTS.binVersions}rehearsed.ndjson`, TARIFF.map(catalogueLine).join('')];
    this.world.s3.put(this.bucket('ImportsBucket'), key, Buffer.from(content));
    await this.world.remember(CATALOGUE.owner, CATALOGUE.current, { version: '1', key, sha256: sha256(content) });
  }

  /** What PayCA sends before the cut-off of a day, or after it. */
  async send(profile: Profile, cases: readonly Case[], day: string, isLate = false): Promise<void> {
    const client = this.world.client({ connections: 4 });
    const sent = cases.flatMap((one) => {
      const headers = one.isSmoke ? { 'x-request-id': `smoke-${this.random.uuid()}` } : undefined;
      return payloads(one, referenceOf(profile, one, day), isLate).map(({ event, data }) => {
        const body = JSON.stringify({ event, data: { id: this.random.uuid(), ...data } });
        const signed = webhook(body, this.scene.credentials, this.random);
        return client.post(path(this.world), signed.body, { ...signed.headers, ...headers });
      });
    });
    const refused = (await Promise.all(sent)).filter(({ status }) => status !== 204);
    if (refused.length > 0) throw new Error(`${refused.length} webhooks were refused`);
  }

  /** The settings that the function would have with another config. */
  configure({ format: statement, authorizationFee }: Profile): void {
    const lambda = this.world.function('reconcile-fees');
    const { Variables } = lambda.resource.properties.Environment as { Variables: Record<string, string> };
    const settings: ReconciliationSettings = JSON.parse(Variables.RECONCILIATION ?? '{}');
    const day = { zone: 'UTC', cutOff: '00:00' };
    // Every hour within the window is asked for, also where nothing was received.
    const other = { ...settings, day, statement, authorizationFee, timingWindowHours: 16 };
    lambda.otherVariables = { RECONCILIATION: JSON.stringify(other) };
    lambda.recycle();
  }

  /** A statement is put into the bucket; what it leads to. */
  async drop(name: string, content: string): Promise<Left> {
    const bucket = this.bucket('ImportsBucket');
    const before = this.records().length;
    this.world.s3.put(bucket, `${IMPORTS.statements}${name}`, Buffer.from(content));
    for (const invocation of await this.world.reactions())
      if ('errorType' in invocation) throw new Error(invocation.errorMessage);
    const [record, ...others] = this.records().slice(before);
    if (!record || others.length > 0) throw new Error(`${others.length + (record ? 1 : 0)} records instead of one`);
    const { verdict, details } = record;
    const file = (which: string) => this.world.s3.objects.get(`${bucket}/${details.folder}/${which}`)?.toString() ?? '';
    return { verdict, details, file };
  }

  /** Records about line 9.2, in an evidence bucket that must be whole. */
  records() {
    const bucket = this.bucket('EvidenceBucket');
    const objects = [...this.world.s3.objects].flatMap(([name, content]) =>
      name.startsWith(`${bucket}/`)
        ? [{ key: name.slice(bucket.length + 1), versions: [{ content: content.toString() }] }]
        : [],
    );
    const { records, problems } = readEvidence(objects);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    return records.map(({ record }) => record).filter(({ line }) => line === '9.2');
  }

  /** A statement is put into the bucket, and the function dies over it. */
  async cutOff(name: string): Promise<void> {
    const lambda = this.world.function('reconcile-fees');
    this.world.gate.faults = {
      before: ({ service, method }) => {
        if (service === 's3' && method === 'GET') lambda.signal('SIGKILL');
        return undefined;
      },
    };
    this.world.s3.put(this.bucket('ImportsBucket'), `${IMPORTS.statements}${name}`, Buffer.from('no statement'));
    await this.world.reactions();
    this.world.gate.faults = {};
  }

  /** How many statements the watch sees whose reconciliation was cut off. */
  async seenByWatch(): Promise<number> {
    await this.metrics.take();
    await this.world
      .function('watch-payca')
      .invoke({ 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} });
    const seen = (await this.metrics.take()).filter(({ metric }) => metric === 'ReconciliationFailed');
    return seen.reduce((sum, { value }) => sum + value, 0);
  }

  private bucket(output: string): string {
    return String(this.world.deployment.outputs()[output]);
  }
}

/** The webhooks of a case that come on time, or those that come after the cut-off. */
function payloads({ steps, webhooks }: Case, referenceId: string, isLate: boolean) {
  const amounts = { transactionAmount: '42.00', transactionCurrency: 'EUR' };
  const cards = steps.map((type) => ({
    event: 'card_transaction',
    data: { type, cardId: 'card-1', ...amounts, referenceId },
  }));
  const fees = webhooks
    .filter(({ late = false }) => late === isLate)
    .map(({ word: subtype, amount, currency = 'EUR' }) => ({
      event: 'account_transaction',
      data: { type: 'fee', subtype, amount, currency, referenceId },
    }));
  return [...(isLate ? [] : cards), ...fees];
}

/** What must be found, and what was: kinds by reference. */
type Kinds = Readonly<Record<string, readonly string[]>>;

function expected(profile: Profile, cases: readonly Case[], day: string): Kinds {
  const found = cases.filter((one) => one.found.length > 0);
  return Object.fromEntries(found.map((one) => [referenceOf(profile, one, day), one.found]));
}

function foundIn(csv: string): Kinds {
  const kinds: Record<string, string[]> = {};
  for (const { kind = '', reference = '' } of parse(csv, { columns: true }) as Record<string, string>[]) {
    // What a spreadsheet would take for a formula has an apostrophe before it.
    const name = reference.replace(/^'/, '');
    kinds[name] = [...(kinds[name] ?? []), kind].sort();
  }
  return kinds;
}

function wrong(found: Kinds, wanted: Kinds): string[] {
  return [...new Set([...Object.keys(found), ...Object.keys(wanted)])].flatMap((reference) =>
    isDeepStrictEqual(found[reference], wanted[reference])
      ? []
      : [
          `${reference}: ${found[reference]?.join(', ') ?? 'nothing'} instead of ${wanted[reference]?.join(', ') ?? 'nothing'}`,
        ],
  );
}

/** A clean day, then one with every kind of break, each held against its statement when both are over. */
async function byDrop({ check }: Scene, books: Books, profile: Profile): Promise<void> {
  const [clean, planted] = [cleanCases(profile), plantedCases(profile)];
  const first = books.toNextDay(12);
  await books.send(profile, clean, first);
  const second = books.toNextDay(12);
  await books.send(profile, planted, second);
  books.toNextDay(2);
  await books.send(profile, planted, second, true);
  books.configure(profile);
  const good = await books.drop(`${first}.csv`, statementOf(profile, clean, first));
  const currencies = good.details.currencies ?? [];
  const toZero = currencies.every(({ difference, closes }) => /^[0.]+$/.test(difference) && closes);
  const adds = currencies.some(({ proof }) => proof.verdict === 'pass');
  const cleanly = [
    ...wrong(foundIn(good.file('fees.csv')), expected(profile, clean, first)),
    ...(good.verdict === 'pass' ? [] : [`verdict ${good.verdict}`]),
  ];
  const detail = `${currencies.map(({ currency, difference }) => `${currency} ${difference}`).join(', ')}; opening and movements give the closing balance`;
  check(`clean-${profile.id}`, cleanly.length === 0 && toZero && adds, cleanly.join('; ') || detail);
  const bad = await books.drop(`fees_${second}.csv`, statementOf(profile, planted, second, '0.01'));
  const problems = wrong(foundIn(bad.file('fees.csv')), expected(profile, planted, second));
  check(
    `breaks-${profile.id}`,
    problems.length === 0,
    problems.slice(0, 3).join('; ') || JSON.stringify(bad.details.found),
  );
  const euro = bad.details.currencies?.find(({ currency }) => currency === 'EUR');
  const unexplained = euro?.proof.verdict === 'fail' && euro.proof.difference === '0.01';
  check(
    `balance-${profile.id}`,
    unexplained,
    unexplained ? 'a closing balance that is 0.01 too high is found' : JSON.stringify(euro),
  );
  const closes = bad.verdict === 'fail' && bad.details.currencies?.every((one) => one.closes) === true;
  check(
    `totals-${profile.id}`,
    closes,
    closes ? 'every fee is under one kind, to the minor unit' : JSON.stringify(bad),
  );
  const asked = parse(bad.file('breaks.csv'), { columns: true }) as Record<string, string>[];
  const formula = asked.some(({ reference = '' }) => reference.startsWith("'="));
  const complete = asked.length === bad.details.breaks && asked.every(({ question }) => question) && formula;
  check(
    `for-payca-${profile.id}`,
    complete,
    complete ? `${asked.length} breaks, a question for each, no formula` : bad.file('breaks.csv'),
  );
}

/** Nothing of a statement counts when a line of it cannot be read; every such line is named. */
async function unreadable({ check }: Scene, books: Books): Promise<void> {
  const [profile] = PROFILES;
  if (!profile) throw new Error('there is no profile');
  books.configure(profile);
  const day = new Date(books.now - 2 * DAY_MS).toISOString().slice(0, 10);
  const lines = [
    'fee,r,settle_fee,EUR,0.355,2027-01-11',
    'fee,r,settle_fee,EURO,0.35,2027-01-11',
    'fee,r,settle_fee,EUR,0.35,soon',
  ];
  const header = 'record,referenceId,subtype,currency,amount,timestamp';
  const left = await books.drop(`${day}.csv`, [header, ...lines].join('\n'));
  const told = left.file('problems.txt');
  const all = ['line 2: "amount"', 'line 3: "currency"', 'line 4: "timestamp"'].every((place) => told.includes(place));
  const nothing = left.verdict === 'fail' && left.file('report.html') === '';
  check('unreadable', all && nothing, all && nothing ? 'three lines named, no report' : told);
}

/** The operator's command, now, from the inbox and from the archive. */
async function byCommand({ world, check }: Scene, books: Books): Promise<void> {
  const [profile] = PROFILES;
  if (!profile) throw new Error('there is no profile');
  const directory = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  try {
    const from = new Date(Date.now() - 1000);
    const day = from.toISOString().slice(0, 10);
    const cases = cleanCases(profile);
    await books.send(profile, cases, day);
    await world.sources.drained();
    const file = join(directory, 'statement.csv');
    const stamped = statementOf(profile, cases, day).replaceAll(
      `${day}T12:00:00Z`,
      new Date(from.getTime() + 500).toISOString(),
    );
    writeFileSync(file, stamped);
    const parameters = [
      'reconcile',
      'fees',
      '--statement',
      file,
      '--from',
      from.toISOString(),
      '--to',
      new Date().toISOString(),
    ];
    const inbox = await golive(world, [...parameters, '--out', directory, '--record']);
    const page = readFileSync(join(directory, 'report.html'), 'utf8');
    const recorded = books.records().at(-1)?.verdict === 'pass' && page.includes('agree with the statement');
    check('command', inbox.code === 0 && recorded, inbox.text.split('\n').slice(0, 2).join(';') || inbox.text);
    const archive = await golive(world, [...parameters, '--out', directory, '--source', 'archive', '--json']);
    const same = archive.code === 0 && JSON.parse(archive.text).found.matched === cases.length;
    check('archive', same, same ? 'the archive tells the same as the inbox' : archive.text);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A function that died says nothing itself: the watch does, until the statement is put there again. */
async function cutOff({ world, check }: Scene, books: Books): Promise<void> {
  const name = `${books.toNextDay(2)}-cut-off.csv`;
  await books.cutOff(name);
  const atOnce = await books.seenByWatch();
  world.moveClock(21 * 60 * 1000);
  const later = await books.seenByWatch();
  const { verdict } = await books.drop(name, 'no statement');
  const again = await books.seenByWatch();
  const isRight = atOnce === 0 && later === 1 && verdict === 'fail' && again === 0;
  const detail = isRight
    ? 'told after 20 minutes, and no more when it was put there again'
    : `${[atOnce, later, again]}`;
  check('cut-off', isRight, detail);
}
