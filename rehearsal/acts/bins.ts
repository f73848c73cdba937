import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Outcome, Request } from '../../lambda/import-bins/operation';
import { CATALOGUE, type CatalogueVersion } from '../../lambda/payca/bin-catalogue';
import { readEvidence } from '../../lambda/payca/evidence-chain';
import { IMPORTS } from '../../lambda/payca/imports';
import { REPOSITORY } from '../assembly';
import { BAD_ROWS, BROKEN_FILES, csv, GOOD_ROWS } from '../bin-cases';
import { Metrics } from '../metrics';
import { golive } from '../operator';
import type { Bin } from '../payca-tenant';
import { World } from '../world';
import type { Act, Scene } from './act';

/** BIN catalogues from a file to what is in force, with the profile that shows PayCA's BINs and with the other. */
export const bins: Act = {
  id: 'bins',
  title:
    'BIN catalogues: every bad row told, nothing in force but what was confirmed, the way back, against PayCA in both profiles',
  play: async (scene) => {
    const { deployment, world } = scene;
    const other = (await scene.variants()).slice(1).find(({ stage }) => stage === deployment.stage);
    if (!other) throw new Error('there is no stage of the other profile');
    const second = await World.deploy(other);
    try {
      const offices = [new Office(scene, world), new Office(scene, second)];
      const [live, ...others] = offices.filter(({ asksPayca }) => asksPayca);
      const [plain] = offices.filter(({ asksPayca }) => !asksPayca);
      if (!plain || !live || others.length > 0) throw new Error('one profile shows BINs, the other does not');
      await fromFileToForce(scene, plain);
      await badFiles(scene, plain);
      await atOnce(scene, plain);
      await back(scene, plain);
      await inDoubt(scene, plain);
      await againstPayca(scene, live);
      const refusals = [...new Set([world, second].flatMap(({ gate }) => gate.refusals))];
      const detail =
        refusals.slice(0, 3).join('; ') || 'every call to AWS is allowed by role and key, in both profiles';
      scene.check('permitted', refusals.length === 0, detail);
    } finally {
      second.stop();
    }
  },
};

/** Where catalogues are imported, confirmed and looked at. */
class Office {
  private files = 0;

  constructor(
    readonly scene: Scene,
    readonly world: World,
  ) {}

  private get lambda() {
    return this.world.function('import-bins');
  }

  get asksPayca(): boolean {
    const { Variables } = this.lambda.resource.properties.Environment as { Variables: Record<string, string> };
    return Variables.PAYCA_BALANCES === 'accounts';
  }

  private get bucket(): string {
    return String(this.world.deployment.outputs().ImportsBucket);
  }

  async ask(request: Request): Promise<Outcome> {
    const invocation = await this.lambda.invoke(request);
    if ('errorType' in invocation) throw new Error(invocation.errorMessage);
    return invocation.result as Outcome;
  }

  /** As the operator's command does, without its process. */
  import(content: string, dryRun = false): Promise<Outcome> {
    this.files += 1;
    const key = `${IMPORTS.binCommands}${this.files}/catalogue-${this.files}.csv`;
    this.world.s3.put(this.bucket, key, Buffer.from(content));
    return this.ask({ do: 'import', key, dryRun, actor: 'finance' });
  }

  confirm(version: string, reason?: string): Promise<Outcome> {
    return this.ask({ do: 'confirm', version, actor: 'finance', reason });
  }

  /** Puts a file into the bucket, as finance does without a clone of the repository. */
  async drop(name: string, content: string): Promise<Outcome> {
    this.world.s3.put(this.bucket, `${IMPORTS.binUploads}${name}`, Buffer.from(content));
    const [invocation, ...others] = await this.world.reactions();
    if (!invocation || others.length > 0) throw new Error('not one reaction to one file');
    if ('errorType' in invocation) throw new Error(invocation.errorMessage);
    return invocation.result as Outcome;
  }

  /** What functions find in force. */
  async inForce(): Promise<CatalogueVersion | undefined> {
    const item = (await this.world.progress()).find(
      ({ pk, sk }) => pk?.S === CATALOGUE.owner && sk?.S === CATALOGUE.current,
    );
    return item?.state?.S ? JSON.parse(item.state.S) : undefined;
  }

  object(key: string): string {
    return this.world.s3.objects.get(`${this.bucket}/${key}`)?.toString() ?? '';
  }

  put(key: string, content: string): void {
    this.world.s3.put(this.bucket, key, Buffer.from(content));
  }

  keys(suffix: string): string[] {
    return [...this.world.s3.objects.keys()].filter((key) => key.startsWith(this.bucket) && key.endsWith(suffix));
  }

  /** Verdicts of line 3.1, in an evidence bucket that must be whole. */
  verdicts(): string[] {
    const evidence = `${this.world.deployment.outputs().EvidenceBucket}/`;
    const objects = [...this.world.s3.objects].flatMap(([name, content]) =>
      name.startsWith(evidence)
        ? [{ key: name.slice(evidence.length), versions: [{ content: content.toString() }] }]
        : [],
    );
    const { records, problems } = readEvidence(objects);
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    return records
      .map(({ record }) => record)
      .filter(({ line }) => line === '3.1')
      .map(({ verdict }) => verdict);
  }
}

/** A check that passes when nothing is wrong. */
function judge({ check }: Scene, id: string, problems: readonly (string | false)[], detail: string): void {
  const wrong = problems.filter((problem) => problem !== false);
  check(id, wrong.length === 0, wrong.slice(0, 3).join('; ') || detail);
}

const differ = (what: string, found: unknown, wanted: unknown) =>
  !isDeepStrictEqual(found, wanted) && `${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`;

function versionOf(outcome: Outcome): string {
  if (outcome.result !== 'imported')
    throw new Error(`${outcome.result} instead of imported: ${JSON.stringify(outcome).slice(0, 300)}`);
  return outcome.version.version;
}

/** By the operator's command: dry run, import, repetition, confirmation. */
async function fromFileToForce(scene: Scene, office: Office): Promise<void> {
  const { world } = office;
  const directory = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  try {
    const file = join(directory, 'catalogue.csv');
    writeFileSync(file, csv(GOOD_ROWS));
    const dry = await golive(world, ['bins', 'import', file, '--dry-run']);
    const nothing = [await office.inForce(), office.keys('rows.ndjson').length];
    judge(
      scene,
      'dry-run',
      [differ('stored', nothing, [undefined, 0]), dry.code !== 0 && dry.text],
      `${GOOD_ROWS.length} BINs can be imported; no version, nothing in force`,
    );
    const first = await golive(world, ['bins', 'import', file]);
    const [, version = ''] = /^version: {2}(\S+), new$/m.exec(first.text) ?? [];
    const again = await office.import(csv(GOOD_ROWS.toReversed()).replaceAll('\n', '\r\n'));
    const same = [versionOf(again), again.result === 'imported' && again.isNew, office.keys('rows.ndjson').length];
    const still = await office.inForce();
    judge(
      scene,
      'imported',
      [first.code !== 0 && first.text, differ('in force', still, undefined)],
      `${version}: not in force before it is confirmed`,
    );
    judge(
      scene,
      'repeated',
      [differ('again', same, [version, false, 1])],
      'the same rows, in another order and form: no new version',
    );
    // As it is told: the default stage may be another one.
    const told = `bins confirm ${version} --stage ${world.deployment.stage}`;
    const confirmed = await golive(world, first.text.includes(told) ? told.split(' ') : []);
    const found = [(await office.inForce())?.version, office.verdicts()];
    judge(
      scene,
      'confirmed',
      [confirmed.code !== 0 && confirmed.text, differ('found', found, [version, ['pass']])],
      'in force in one step, recorded for line 3.1',
    );
    const [, path = ''] = /^report: {3}(.*)$/m.exec(first.text) ?? [];
    readsWell(scene, join(REPOSITORY, path), told);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The report as finance opens it: no network, no script, every term. */
function readsWell(scene: Scene, path: string, told: string): void {
  const page = readFileSync(path, 'utf8');
  const missing = ['411111', 'JPY', '0-100: 0.35<br>100.01-: 0.50', 'block 6051 7995', '1.125', told].filter(
    (text) => !page.includes(text),
  );
  const outside = /<script|(src|href)="(?!#|data:|report\.csv)/.exec(page);
  const rows = readFileSync(path.replace('.html', '.csv'), 'utf8').trim().split('\r\n').length - 1;
  judge(
    scene,
    'report',
    [
      missing.length > 0 && `not in the report: ${missing.join(', ')}`,
      outside !== null && `needs ${outside[0]}`,
      differ('rows of the CSV', rows, GOOD_ROWS.length),
    ],
    'HTML without network or script, CSV with a line for each change',
  );
}

async function badFiles(scene: Scene, office: Office): Promise<void> {
  const before = [await office.inForce(), office.keys('rows.ndjson').length];
  const metrics = new Metrics(office.world);
  await metrics.take();
  const bad = await office.drop('bad.csv', csv([...GOOD_ROWS, ...BAD_ROWS.map(({ line }) => line)]));
  const told = bad.result === 'unusable' ? office.object(`${bad.folder}problems.txt`) : JSON.stringify(bad);
  const untold = BAD_ROWS.filter(({ told: wanted }, index) => {
    const line = told.split('\n').find((text) => text.startsWith(`line ${index + GOOD_ROWS.length + 2}`)) ?? '';
    return !line.replace(/^line \d+(, |: )/, '').startsWith(wanted);
  });
  const logged = office.world.function('import-bins').logs.join('');
  const leaked = /4111 ?1111 ?1111 ?1111/.test(told + logged + JSON.stringify(bad));
  const refused = (await metrics.take())
    .filter(({ metric }) => metric === 'BinImportRefused')
    .map(({ value }) => value);
  judge(
    scene,
    'bad-rows',
    [
      untold.length > 0 && `not told: ${untold.map(({ id }) => id).join(', ')} in ${told}`,
      leaked && 'a card number is told',
      differ('refused', refused, [1]),
    ],
    `${BAD_ROWS.length} kinds in one file, all told with their lines, no card number`,
  );
  const folder = await office.drop('2027/', '');
  const alarming = (await metrics.take()).filter(({ metric, value }) => metric === 'BinImportRefused' && value > 0);
  judge(
    scene,
    'folder',
    [differ('result', folder.result, 'refused'), differ('refused', alarming, [])],
    'a folder made in the console raises no ticket',
  );
  const passed: string[] = [];
  for (const [name, content] of Object.entries(BROKEN_FILES))
    if ((await office.drop(name, content)).result !== 'unusable') passed.push(name);
  judge(scene, 'cut-off', [passed.length > 0 && `passed: ${passed.join(', ')}`], Object.keys(BROKEN_FILES).join(', '));
  const after = [await office.inForce(), office.keys('rows.ndjson').length];
  judge(
    scene,
    'nothing-changed',
    [differ('in force', after, before)],
    'what is in force is as it was before all of them',
  );
}

/** The issue fee of the first BIN changed. */
const withFee = (fee: string) => csv([String(GOOD_ROWS[0]).replace('2.50', fee), ...GOOD_ROWS.slice(1)]);

async function atOnce(scene: Scene, office: Office): Promise<void> {
  const twins = await Promise.all([office.import(withFee('2.60')), office.import(withFee('2.60'))]);
  const names = new Set(twins.map(versionOf));
  const fresh = twins.filter((outcome) => outcome.result === 'imported' && outcome.isNew);
  judge(
    scene,
    'same-file-at-once',
    [differ('versions', [names.size, fresh.length], [1, 1])],
    'two imports of one file: one version, the other is told',
  );
  const dropped = await office.drop('other.csv', withFee('2.70'));
  const rivals = [[...names][0] ?? '', versionOf(dropped)];
  const outcomes = await Promise.all(rivals.map((version) => office.confirm(version)));
  const results = outcomes.map(({ result }) => result).sort();
  const winner = outcomes.find((outcome) => outcome.result === 'in-force');
  const loser = outcomes.find((outcome) => outcome.result === 'refused');
  const told = loser?.result === 'refused' ? loser.reason : '';
  const inForce = (await office.inForce())?.version;
  judge(
    scene,
    'two-at-once',
    [
      differ('results', results, ['in-force', 'refused']),
      differ('in force', inForce, winner?.result === 'in-force' && winner.version),
      !/faster|in force now/.test(told) && told,
    ],
    `two imports confirmed at once, one of them put into the bucket: one is in force, the other hears "${told}"`,
  );
}

async function back(scene: Scene, office: Office): Promise<void> {
  const { world } = office;
  const { text } = await golive(world, ['bins', 'list']);
  const [, former = ''] = /^former +(\S+)/m.exec(text) ?? [];
  const before = office.verdicts().length;
  const { code } = await golive(world, ['bins', 'rollback', former, '--reason', 'rehearsed']);
  const found = [(await office.inForce())?.version, office.verdicts().length, code];
  const unconfirmed = /^not confirmed +(\S+)/m.exec(text)?.[1] ?? '';
  const never = await office.ask({ do: 'rollback', version: unconfirmed, actor: 'finance', reason: 'rehearsed' });
  judge(
    scene,
    'rollback',
    [differ('found', found, [former, before + 1, 0]), differ('never in force', never.result, 'refused')],
    `back to ${former} in one step, recorded; not to what was never in force`,
  );
  await outOfDate(scene, office, unconfirmed);
}

/** `rival` was compared with what is in force. */
async function outOfDate(scene: Scene, office: Office, rival: string): Promise<void> {
  const version = versionOf(await office.import(withFee('2.80')));
  const results = [(await office.confirm(rival)).result, (await office.confirm(version)).result];
  judge(
    scene,
    'out-of-date',
    [differ('confirmed', results, ['in-force', 'refused'])],
    'a report about another catalogue than the one in force confirms nothing: the file is imported again',
  );
  await office.import(withFee('2.80'));
  const key = `${IMPORTS.binVersions}${version}/rows.ndjson`;
  const whole = office.object(key);
  office.put(key, whole.replace('2.80', '0.00'));
  const spoiled = [(await office.confirm(version)).result, (await office.inForce())?.version];
  office.put(key, whole);
  const mended = (await office.confirm(version)).result;
  judge(
    scene,
    'tampered',
    [differ('spoiled', spoiled, ['refused', rival]), differ('mended', mended, 'in-force')],
    'rows that are not what was imported do not come into force',
  );
}

/** Tiers that meet in one amount with other prices. */
async function inDoubt(scene: Scene, office: Office): Promise<void> {
  const rows = GOOD_ROWS.map((row) => row.replace('100.01-', '100-'));
  const outcome = await office.import(csv(rows));
  const version = versionOf(outcome);
  const doubts = outcome.result === 'imported' ? outcome.version.summary.doubts : 0;
  const silent = await office.confirm(version);
  const accepted = await office.confirm(version, 'PayCA: the lower bound belongs to the tier');
  const found = [doubts, silent.result, accepted.result, (await office.inForce())?.version];
  judge(
    scene,
    'doubts',
    [differ('found', found, [2, 'refused', 'in-force', version])],
    'tiers that can be read in two ways: found, not guessed, in force only with a reason',
  );
}

/** What PayCA shows of the catalogue, in its newer shape. */
const LIVE: readonly Bin[] = [
  {
    bin: '411111',
    currencyCode: 'EUR',
    provider: 'visa',
    isTokenizable: true,
    settings: { minCardBalance: '1.0' },
    fees: {
      issueFee: '2.5',
      authorization: [
        { range: '0-100', value: '0.35' },
        { range: '100.01-', value: '0.50' },
      ],
    },
    mcc: { mode: 'block', codes: ['6051', '7995'] },
  },
  { bin: '411111', currencyCode: 'USD', provider: 'visa', isTokenizable: true },
];
const SHOWN = csv(GOOD_ROWS.slice(0, 2));

async function againstPayca(scene: Scene, office: Office): Promise<void> {
  const { world } = office;
  const findings = async (content = SHOWN) => {
    const outcome = await office.import(content, true);
    if (outcome.result !== 'examined') throw new Error(JSON.stringify(outcome));
    const { summary, report } = outcome;
    const lines = office
      .object(`${report}report.csv`)
      .split('\r\n')
      .filter((line) => line.startsWith('PayCA,'));
    return { ...summary, columns: lines.map((line) => line.split(',')[3]) };
  };
  world.payca.tenant.bins = LIVE;
  const early = await findings();
  await world.supply(scene.credentials);
  world.payca.faults = () => ({ status: 503, code: 'ErrInternal', retryAfter: '600' });
  const down = await findings();
  world.payca.faults = () => undefined;
  const unknown = versionOf(await office.import(SHOWN));
  const agreed = await findings();
  const states = [early.payca, down.payca, agreed.payca, agreed.differences];
  judge(
    scene,
    'payca-agrees',
    [differ('found', states, ['not-read', 'not-read', 'read', 0])],
    'without credentials and while PayCA is down its side is unknown; then both have the same, where PayCA tells it',
  );
  const [first = {} as Bin] = LIVE;
  world.payca.tenant.bins = [
    {
      ...first,
      fees: { issueFee: '2.51', authorization: [{ range: '0-', value: '0.35' }] },
      mcc: { mode: 'allow', codes: ['5411'] },
    },
    { bin: '499999', currencyCode: 'USD', provider: 'visa' },
  ];
  const differs = await findings();
  judge(
    scene,
    'payca-differs',
    [differ('columns', differs.columns, ['issueFee', 'authorization', 'mcc', 'currencyCode', 'bin'])],
    'fee, tiers, merchant categories, currency and a BIN that only PayCA has: each in the report',
  );
  await office.confirm(unknown);
  const compared = await office.ask({ do: 'compare', actor: 'finance', record: true });
  world.payca.tenant.bins = LIVE;
  const mended = await golive(world, ['bins', 'diff', '--record']);
  judge(
    scene,
    'payca-mended',
    [
      differ('then', compared.result === 'compared' && compared.verdict, 'fail'),
      differ('now', [mended.code, office.verdicts().sort()], [0, ['fail', 'pass', 'pass']]),
    ],
    'what is in force is held against PayCA again: fail, then pass, both recorded',
  );
}
