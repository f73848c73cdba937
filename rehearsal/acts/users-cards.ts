import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadId } from '../../lambda/load-cards/manifest';
import { countRows } from '../../lambda/load-cards/state';
import { CATALOGUE, type CatalogueRow, catalogueLine } from '../../lambda/payca/bin-catalogue';
import { sha256 } from '../../lambda/payca/inbox';
import { REPOSITORY } from '../assembly';
import { canary, placesOf } from '../canary';
import { CALLS_PER_SECOND, CardLoading, HEADER, TENANTS, type Tenant } from '../card-loading';
import { Metrics } from '../metrics';
import { Random } from '../payca';
import type { ApiFault } from '../payca-api';
import { traces } from '../traces';
import type { Act } from './act';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const CATALOGUE_ROWS: readonly CatalogueRow[] = [
  { bin: '411111', currency: 'EUR', provider: 'visa', fees: {}, minCardBalance: '1.00' },
  { bin: '411111', currency: 'USD', provider: 'visa', fees: {}, minCardBalance: '1.00' },
];

/** A manifest of users and cards at PayCA: tried, loaded, disturbed, resumed, repeated. */
export const usersCards: Act = {
  id: 'users-cards',
  title: 'Users and cards: every bad row found, loaded at the pace that PayCA allows, resumed after days, none twice',
  play: async (scene) => {
    const part = new CardLoading(scene);
    try {
      await dryRun(part);
      await scene.world.supply(scene.credentials);
      await badLoad(part);
      await matched(part);
      const file = await tooFast(part, 5);
      await repeated(part, file, 5);
      await resumed(part);
      await abandoned(part);
      await tenants(part);
      await noTrace(part);
    } finally {
      part.end();
    }
    const refusals = [...new Set(scene.world.gate.refusals)];
    const detail = refusals.slice(0, 3).join('; ') || 'every call to AWS is allowed by role and key';
    scene.check('permitted', refusals.length === 0, detail);
  },
};

const differ = (what: string, found: unknown, expected: unknown): string[] =>
  JSON.stringify(found) === JSON.stringify(expected)
    ? []
    : [`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`];

/** A bad row of each kind, and the line and column that must be named for it. */
const BAD_ROWS: readonly (readonly [row: string, place: string])[] = [
  ['u1,active,Ada,1990-02-30,c1,411111,EUR,,', 'meta.birthday'],
  ['u 2,active,Ada,1990-02-28,c2,411111,EUR,,', 'user_id'],
  ['u3,asleep,Ada,1990-02-28,,,,,', 'user_status'],
  ['u4,pending,Ada,1990-02-28,c4,411111,EUR,,', 'user_status'],
  ['u5,active,,1990-02-28,c5,411111,EUR,,', 'meta.firstName'],
  ['u6,active,Ada,1990-02-28,c1,411111,EUR,,', 'card_ref'],
  ['u7,active,Ada,1990-02-28,4111111111111111,411111,EUR,,', 'card_ref'],
  ['u8,active,Ada,1990-02-28,c8,41111,EUR,,', 'bin'],
  ['u9,active,Ada,1990-02-28,c9,499999,EUR,,', 'bin'],
  ['u10,active,Ada,1990-02-28,c10,411111,GBP,,', 'bin'],
  ['u11,active,Ada,1990-02-28,c11,411111,EURO,,', 'currency'],
  ['u12,active,Ada,1990-02-28,c12,411111,EUR,1.005,', 'balance'],
  [',,,,c13,411111,EUR,0.99,tenant-eur', 'balance'],
  [',,,,c14,411111,EUR,,tenant-eur', 'balance'],
  [',,,,c15,411111,EUR,5.00,', 'account_id'],
  ['u16,active,Ada,1990-02-28,,411111,,,', 'bin'],
  ['u1,active,Ada,1990-02-28,c17,411111,EUR,,', 'user_id'],
  ['u18,active,Ada,1990-02-28,c18,411111,EUR', 'must have 9 fields'],
];

async function dryRun(part: CardLoading): Promise<void> {
  const { world } = part;
  const good = part.manifest('good', 2);
  const without = await part.command('check', good);
  const content = CATALOGUE_ROWS.map(catalogueLine).join('');
  const key = 'bins/versions/rehearsed.ndjson';
  world.s3.put(String(world.deployment.outputs().ImportsBucket), key, Buffer.from(content));
  await world.remember(CATALOGUE.owner, CATALOGUE.current, { version: '1', key, sha256: sha256(content) });
  const secret = canary(new Random(part.scene.seed + 1));
  part.personal.push(secret);
  const rows = BAD_ROWS.map(([row]) => row.replace('Ada', secret));
  const [bad, strange, torn, tried] = await Promise.all([
    part.command('check', part.file('bad', [HEADER, ...rows].join('\n'))),
    part.command('check', part.file('strange', `${secret},b\n1,2\n`)),
    part.command('check', part.file('torn', `${HEADER}\nu1,active,"${secret}`)),
    part.command('load', good),
  ]);
  const missed = BAD_ROWS.filter(([, place], index) => {
    const line = bad.text.split('\n').find((one) => one.startsWith(`line ${index + 2}`) && one.includes(place));
    return line === undefined;
  });
  // Typed as it is told, it loads into the stage that was asked, and no other.
  const next = `golive -- cards load ${good} --confirm --stage ${world.deployment.stage}`;
  const problems = [
    ...(tried.text.includes(next) ? [] : [`not told: ${next}: ${tried.text}`]),
    ...(without.code === 1 && without.text.includes('no BIN catalogue') ? [] : [without.text]),
    ...missed.map(([row]) => `not found: ${row}`),
    ...differ('exit codes', [bad.code, strange.code, torn.code, tried.code], [1, 1, 1, 0]),
    ...differ('calls of PayCA', part.payca.answered.length, 0),
    ...differ('rows written down', (await part.entries()).length, 0),
  ];
  part.check(
    'dry-run',
    problems,
    `${BAD_ROWS.length} kinds of bad rows found at once, no catalogue said, PayCA not asked`,
  );
}

/** Fifty users; PayCA refuses one card, fails for another, answers that are lost; two copies side by side. */
async function badLoad(part: CardLoading): Promise<void> {
  const users = 50;
  const file = part.manifest('first', users);
  let cards = 0;
  let made = 0;
  part.payca.faults = ({ method, path }): ApiFault | undefined => {
    if (method !== 'POST') return undefined;
    if (path === '/v1/cards') cards += 1;
    else made += 1;
    if (path === '/v1/cards' && cards === 10) return { status: 400, code: 'ErrInvalidArg', message: part.personal[0] };
    if (path === '/v1/cards' && cards === 20) return { afterEffect: { html: 502 } };
    if (path === '/v1/users' && made === 15) return { afterEffect: 'cut' };
    return path === '/v1/users' && made === 30 ? { status: 500, code: 'ErrInternal' } : undefined;
  };
  const began = Date.now();
  const { code, text } = await part.command('load', file, '--confirm');
  await part.finish();
  const seconds = (Date.now() - began) / 1000;
  part.payca.faults = () => undefined;
  const counts = countRows(await part.entries());
  await part.watch();
  const { answered } = part.payca;
  const refused = (await part.entries()).flatMap(({ userId, cards: own }) =>
    own.some(({ step }) => step.state === 'failed') ? String(userId) : [],
  );
  const results = await part.command('results');
  const path = results.text.split('\n')[1] ?? '';
  const csv = readFileSync(join(REPOSITORY, path), 'utf8');
  part.outputs.push(csv);
  const records = [...part.world.s3.objects].filter(([name]) => name.endsWith('/3.3.json'));
  const manifests = [...part.world.s3.objects.keys()].filter((name) => name.includes('/users-cards/'));
  const problems = [
    ...(code === 0 ? [] : [text]),
    ...differ('counts', counts, { rows: users + 2, done: users + 1, failed: 1, inDoubt: 0, open: 0 }),
    ...part.wrongAtPayca('first', users, refused),
    ...differ('cards of nobody', part.ownCards, 2),
    ...differ('calls that were too fast', answered.filter(({ status }) => status === 429).length, 0),
    ...differ('lines of results', csv.trim().split('\n').length, users + 3),
    ...differ('reason of the refusal', csv.includes('ErrInvalidArg 400'), true),
    ...differ('records of line 3.3', records.length, 1),
    ...differ('manifests left', manifests, []),
  ];
  const rate = Math.round(answered.length / seconds);
  part.check(
    'loaded',
    problems,
    `${counts.rows} rows: ${counts.done} done, 1 refused; ${rate} calls a second of ${CALLS_PER_SECOND}, none too many`,
  );
}

/** Users and cards that are there already, as another system holds their ids: compared, and not made again. */
async function matched(part: CardLoading): Promise<void> {
  const { tenant } = part.payca;
  const there = ['crm-1', 'crm-2', 'crm-3'].map((ownId) => {
    const { id, accountId } = tenant.addUser({ ownId, meta: {}, bins: [], status: 'active' });
    const card = tenant.issue({ accountId, bin: '411111', balance: undefined }, { requestId: 'rehearsed-crm' });
    return { ownId, id, accountId, card: card.id };
  });
  const header = 'user_id,payca_user_id,payca_user_account_id,card_ref,bin,currency,payca_card_id';
  const file = (name: string, rows: readonly (typeof there)[number][]) =>
    part.file(
      name,
      [
        header,
        ...rows.map((one) => `${one.ownId},${one.id},${one.accountId},${one.ownId}-card,411111,EUR,${one.card}`),
      ].join('\n'),
    );
  const [one, two, three] = there as [(typeof there)[0], (typeof there)[0], (typeof there)[0]];
  const wrong = [
    { ...one, ownId: 'crm-9' },
    { ...two, accountId: 'nobodys' },
    { ...three, card: 'no-card' },
  ];
  const before = part.payca.answered.length;
  const [bad, good] = await Promise.all([
    part.command('check', file('mixed-up', wrong)),
    part.command('check', file('known', there), '--record'),
  ]);
  const loaded = await part.command('load', file('known', there), '--confirm');
  await part.finish();
  await part.watch();
  const states = (await part.entries()).filter(({ userId }) => userId?.startsWith('crm-'));
  const expected = ['line 2, user_id', 'line 3, payca_user_account_id', 'line 4, payca_card_id'];
  const problems = [
    ...differ('exit codes', [bad.code, good.code, loaded.code], [1, 0, 0]),
    ...expected.filter((place) => !bad.text.includes(place)).map((place) => `not told: ${place}`),
    ...differ('rows', countRows(states), { rows: 3, done: 3, failed: 0, inDoubt: 0, open: 0 }),
    ...differ('calls that make something', part.calls(before, /^POST/), 0),
  ];
  part.check(
    'matched',
    problems,
    'ids of another system: what does not belong together is told; what does is taken as it is',
  );
}

/** PayCA says 429: no copy calls until its time is over. */
async function tooFast(part: CardLoading, users: number): Promise<string> {
  const calls: number[] = [];
  let refusedAt = 0;
  part.payca.faults = ({ method }) => {
    if (method !== 'POST') return undefined;
    calls.push(Date.now());
    if (calls.length !== 6) return undefined;
    refusedAt = Date.now();
    return { status: 429, code: 'ErrRateLimited', retryAfter: '1' };
  };
  const file = part.manifest('second', users);
  await part.command('load', file, '--confirm');
  await part.finish();
  await part.watch();
  part.payca.faults = () => undefined;
  // What was on its way when the refusal was written down.
  const early = calls.filter((at) => at > refusedAt + 100 && at < refusedAt + 1000);
  part.check(
    'too-fast',
    [...differ('calls in the second after 429', early.length, 0), ...part.wrongAtPayca('second', users)],
    `429 after 6 calls: both copies were silent for a second, then ${calls.length - 6} more`,
  );
  return file;
}

/** Killed in the middle of a lost answer, and gone on with after 25 hours, when PayCA has forgotten every key. */
async function resumed(part: CardLoading): Promise<void> {
  const { world, payca } = part;
  part.configure(TENANTS[1] as Tenant, 1);
  const users = 8;
  const file = part.manifest('third', users);
  let posts = 0;
  payca.faults = ({ method }) => {
    if (method !== 'POST') return undefined;
    posts += 1;
    return posts > 8 ? { afterEffect: 'silent' } : undefined;
  };
  await part.command('load', file, '--confirm');
  while (posts < 10) await sleep(20);
  world.sources.paused = true;
  part.loader.signal('SIGKILL');
  part.loader.recycle();
  await sleep(50);
  const cut = countRows(await part.entries());
  payca.faults = () => undefined;
  const stuck = await stuckAfter(part, 31 * MINUTE_MS);
  world.moveClock(25 * HOUR_MS);
  world.sources.paused = false;
  const again = await part.command('load', file, '--confirm');
  await part.finish();
  await part.watch();
  const counts = countRows(
    (await part.entries()).filter(({ cards }) => cards.some(({ ref }) => ref.startsWith('third-'))),
  );
  const problems = [
    ...(cut.open > 0 && again.code === 0 ? [] : [again.text]),
    ...differ('told as stuck', stuck, 1),
    ...differ('counts', counts, { rows: users + 2, done: users + 2, failed: 0, inDoubt: 0, open: 0 }),
    ...part.wrongAtPayca('third', users),
  ];
  part.check(
    'resumed',
    problems,
    `killed with ${cut.open} rows open and answers lost, resumed after 25 hours: none twice`,
  );
}

/** A load whose file is lost: it holds up the others until somebody gives it up. */
async function abandoned(part: CardLoading): Promise<void> {
  const { world } = part;
  world.sources.paused = true;
  const lost = part.manifest('lost', 2);
  const id = loadId(readFileSync(lost));
  await part.command('load', lost, '--confirm');
  const other = part.manifest('other', 2);
  const held = await part.command('load', other, '--confirm');
  const ended = await part.command('give-up', id);
  await part.watch();
  world.sources.paused = false;
  const next = await part.command('load', other, '--confirm');
  await part.finish();
  await part.watch();
  const again = await part.command('give-up', id);
  const counts = countRows(
    (await part.entries()).filter(({ cards }) => cards.some(({ ref }) => ref.startsWith('lost-'))),
  );
  const problems = [
    ...differ('exit codes', [held.code, ended.code, next.code, again.code], [2, 0, 0, 2]),
    ...differ('counts', counts, { rows: 4, done: 0, failed: 4, inDoubt: 0, open: 0 }),
    ...part.wrongAtPayca('other', 2),
  ];
  part.check(
    'given-up',
    problems,
    'a load whose file is lost was given up: nothing of it was made, another one was loaded',
  );
}

/** The same file again, and one with a user more. */
async function repeated(part: CardLoading, file: string, users: number): Promise<void> {
  const before = part.payca.answered.length;
  const again = await part.command('load', file, '--confirm');
  await part.finish();
  const late = `late,active,${part.personal[0]},1990-02-28,,,,,`;
  const longer = readFileSync(file, 'utf8').replace(`${HEADER}\n`, `${HEADER}\n${late}\n`);
  const other = await part.command('load', part.file('longer', longer), '--confirm');
  await part.finish();
  await part.watch();
  const problems = [
    ...(again.code === 0 && other.code === 0 ? [] : [again.text, other.text]),
    ...differ('calls that make something', part.calls(before, /^POST/), 1),
    ...part.wrongAtPayca('second', users),
  ];
  part.check('repeated', problems, 'the same file again made nothing; the file with one more user made that one');
}

/** What the alarm is about, after so long without any movement. */
async function stuckAfter(part: CardLoading, milliseconds: number): Promise<number | undefined> {
  part.world.moveClock(milliseconds);
  const metrics = new Metrics(part.world);
  await metrics.take();
  await part.watch();
  return (await metrics.take()).find(({ metric }) => metric === 'CardLoadStuck')?.value;
}

/** Both profiles and a mixed one: each in its own words, an answer lost for a day; what cannot be asked is in doubt. */
async function tenants(part: CardLoading): Promise<void> {
  const { world, payca } = part;
  for (const tenant of TENANTS) {
    part.configure(tenant, 1);
    const file = part.manifest(tenant.id, 3);
    let cards = 0;
    payca.faults = ({ method, path }) => {
      if (method !== 'POST' || path !== '/v1/cards') return undefined;
      cards += 1;
      return cards >= 3 ? { afterEffect: { html: 502 } } : undefined;
    };
    await part.command('load', file, '--confirm');
    await world.sources.drained();
    payca.faults = () => undefined;
    world.moveClock(25 * HOUR_MS);
    await part.finish();
    await part.watch();
    const own = (await part.entries()).filter((entry) => entry.cards.some(({ ref }) => ref.startsWith(tenant.id)));
    const counts = countRows(own);
    const users = own.filter(({ user }) => user?.state === 'done').length;
    const isRight = tenant.listsCards ? counts.inDoubt <= 2 && counts.failed === 0 : counts.inDoubt > 0;
    const problems: string[] = [
      ...part.wrongAtPayca(tenant.id, 3),
      ...differ('users', users, 3),
      ...(isRight && counts.open === 0 ? [] : [JSON.stringify(counts)]),
    ];
    if (!tenant.listsCards) problems.push(...(await decided(part, file, tenant.id)));
    part.check(tenant.id, problems, `${counts.rows} rows: ${counts.done} done, ${counts.inDoubt} in doubt, none twice`);
  }
}

/** A person looks at PayCA for a card in doubt, and says so. */
async function decided(part: CardLoading, file: string, name: string): Promise<string[]> {
  const all = await part.entries();
  const known = new Set(all.flatMap(({ cards }) => cards.map(({ step }) => step.id)));
  const one = all.find(({ userId, cards: [first] }) => userId?.startsWith(name) && first?.step.state === 'doubt');
  const made = part.payca.tenant.cards.find(({ id, user }) => !known.has(id) && user?.ownId === one?.userId);
  const settle = (id: unknown) =>
    part.command('settle', loadId(readFileSync(file)), String(one?.row), '--made', String(id));
  const taken = await settle([...known].find((id) => id !== undefined));
  const settled = await settle(made?.id);
  const again = await part.command('load', file, '--confirm');
  await part.watch();
  const after = (await part.entries()).find(({ userId }) => userId !== undefined && userId === one?.userId);
  return [
    ...differ('exit codes', [taken.code, settled.code, again.code], [2, 0, 0]),
    ...differ('what a person said', after?.cards[0]?.step.id, made?.id),
  ];
}

/** Names of people are in the manifests and at PayCA, and nowhere else. */
async function noTrace(part: CardLoading): Promise<void> {
  const places = [
    ...(await traces(part.world)),
    { place: 'progress', text: JSON.stringify(await part.world.progress()) },
    { place: 'the queue', text: [...part.messages].join('\n') },
    { place: 'output and results', text: part.outputs.join('\n') },
  ];
  const found = placesOf(part.personal, places);
  const kept = part.payca.tenant.users.filter(({ meta }) => part.personal.includes(String(meta.firstName))).length;
  const problems = [
    ...found.map((place) => `personal data in ${place}`),
    ...(part.messages.size > 0 && kept > 0 ? [] : ['nothing was looked at']),
  ];
  part.check(
    'no-personal-data',
    problems,
    `${part.personal.length} people, in none of ${places.length} places; ${part.messages.size} messages`,
  );
}
