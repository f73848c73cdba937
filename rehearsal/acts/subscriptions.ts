import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../../lambda/check-subscriptions/check';
import type { Outcome as Answer, Request } from '../../lambda/check-subscriptions/operation';
import { Business } from '../business';
import { lostAndDoubled } from '../ledger';
import { golive, type Outcome } from '../operator';
import type { Act, Scene } from './act';

const HOUR_MS = 60 * 60 * 1000;

/** Webhook subscriptions at PayCA, from the first day to a gap that a resend closes. */
export const subscriptions: Act = {
  id: 'subscriptions',
  title:
    'Webhook subscriptions: registered once, confirmed, changed, removed, in every form; drift found; a gap resent',
  long: true,
  play: async (scene) => {
    const part = new Part(scene);
    await beforeCredentials(part);
    await scene.world.supply(scene.credentials);
    await registered(part);
    await confirmed(part);
    await updated(part);
    await forms(part);
    await drift(part);
    await inSandbox(part);
    await outage(part);
    const refusals = [...new Set(scene.world.gate.refusals)];
    const detail = refusals.slice(0, 3).join('; ') || 'every call to AWS is allowed by role and key';
    scene.check('permitted', refusals.length === 0, detail);
  },
};

class Part {
  readonly business: Business;

  constructor(readonly scene: Scene) {
    this.business = new Business(scene.world);
  }

  get world() {
    return this.scene.world;
  }

  get payca() {
    return this.world.payca;
  }

  /** What PayCA has, by type or events. */
  get there(): string[] {
    return [...this.payca.outbox.subscriptions.values()]
      .map(({ type, events }) => type ?? events?.join('+') ?? '')
      .sort();
  }

  get types(): string[] {
    return this.variable('WEBHOOK_TYPES').split(',');
  }

  private variable(name: string): string {
    const { Variables } = this.lambda.resource.properties.Environment as { Variables: Record<string, string> };
    return Variables[name] ?? '';
  }

  private get lambda() {
    return this.world.function('check-subscriptions');
  }

  command(...parameters: string[]): Promise<Outcome> {
    return golive(this.world, ['subscriptions', ...parameters]);
  }

  /** As another config would set it. */
  configure(variables: Readonly<Record<string, string>>): void {
    this.lambda.otherVariables = variables;
    this.lambda.recycle();
  }

  async ask(request: Request): Promise<Answer> {
    const outcome = await this.lambda.invoke(request);
    if ('errorType' in outcome) throw new Error(outcome.errorMessage);
    return outcome.result as Answer;
  }

  /** The check of a day. */
  async daily(): Promise<Report> {
    const outcome = await this.lambda.invoke({ 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} });
    if ('errorType' in outcome) throw new Error(outcome.errorMessage);
    return reportOf(outcome.result as Answer);
  }

  async report(request: Request = { do: 'check' }): Promise<Report> {
    return reportOf(await this.ask(request));
  }

  async deliver(): Promise<void> {
    await this.world.deliver();
    await this.world.sources.drained();
  }

  check(id: string, problems: readonly string[], detail: string): void {
    this.scene.check(id, problems.length === 0, problems.slice(0, 3).join('; ') || detail);
  }
}

function reportOf(answer: Answer): Report {
  if (answer.result !== 'done') throw new Error(JSON.stringify(answer));
  return answer.report;
}

const differ = (what: string, found: unknown, expected: unknown): string[] =>
  JSON.stringify(found) === JSON.stringify(expected)
    ? []
    : [`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`];
const kinds = ({ problems }: Report) => problems.map(({ kind }) => kind);

async function beforeCredentials(part: Part): Promise<void> {
  const { code, text } = await part.command('apply');
  const said = text.includes('there are no credentials yet') && text.includes('credentials put');
  const called = part.payca.answered.map(({ call }) => `${call} was called`);
  part.check('before-credentials', [...(code === 2 && said ? [] : [text]), ...called], text);
}

/** Two operators at the same moment, and the first answers are lost, as if the line broke; then once more. */
async function registered(part: Part): Promise<void> {
  const { payca } = part;
  let lost = 0;
  payca.faults = ({ method }) => {
    if (method !== 'POST' || lost === 2) return undefined;
    lost += 1;
    return { afterEffect: { html: 502 } };
  };
  await Promise.all([part.ask({ do: 'apply' }), part.ask({ do: 'apply' })]);
  payca.faults = () => undefined;
  const again = await part.command('apply');
  const problems = [
    ...differ('answers that were lost', lost, 2),
    ...differ('at PayCA', part.there, [...part.types].sort()),
    ...(again.code === 0 && again.text.includes('verdict: no-data') ? [] : [again.text]),
  ];
  const detail = `${part.there.join(', ')}: each once, though two applied at the same moment and answers were lost`;
  part.check('registered-once', problems, detail);
}

async function confirmed(part: Part): Promise<void> {
  const before = await part.report();
  part.business.trade();
  await part.deliver();
  const { code, text } = await part.command('check', '--record');
  const recorded = [...part.world.s3.objects]
    .filter(([key]) => key.endsWith('/3.4.json'))
    .map(([, body]) => body.toString());
  const problems = [
    ...differ('pending at first', before.unconfirmed, part.types),
    ...(code === 0 && text.includes('verdict: pass') ? [] : [text]),
    ...(recorded.length === 1 && recorded[0]?.includes('"verdict": "pass"')
      ? []
      : ['no record of line 3.4 that passes']),
  ];
  part.check('confirmed', problems, 'pending until a delivery of each type was in the inbox; recorded for line 3.4');
}

/** Another address, in production: nothing is removed but by the explicit command, and new ones come first. */
async function updated(part: Part): Promise<void> {
  const { payca } = part;
  const url = 'https://other.example.com/payca';
  const before = payca.answered.length;
  part.configure({ WEBHOOK_URL: url });
  const early = await part.ask({ do: 'remove', ids: [], all: false });
  const applied = await part.report({ do: 'apply' });
  const both = part.there.length;
  const removed = await part.report({ do: 'remove', ids: [], all: false });
  const writes = payca.answered
    .slice(before)
    .map(({ call }) => call.split(' ')[0])
    .filter((method) => method !== 'GET');
  const wanted = [...part.types.map(() => 'POST'), ...part.types.map(() => 'DELETE')];
  const urls = [...payca.outbox.subscriptions.values()].map((one) => one.url);
  const problems = [
    ...differ('removal before registration', early.result, 'refused'),
    ...differ('order of calls', writes, wanted),
    ...differ('registered side by side', both, 2 * part.types.length),
    ...differ(
      'problems after apply',
      kinds(applied),
      part.types.map(() => 'outdated'),
    ),
    ...differ('problems after remove', kinds(removed), []),
    ...differ('addresses', [...new Set(urls)], [url]),
  ];
  part.check('updated', problems, 'new ones registered before former ones were removed, and those by command only');
  part.configure({});
  await part.ask({ do: 'apply' });
  await part.ask({ do: 'remove', ids: [], all: false });
}

/** The types of both profiles, and a tenant that is mixed: the other form. In the sandbox one command does it all. */
async function forms(part: Part): Promise<void> {
  const cases = [
    { WEBHOOK_TYPES: 'card,account', expected: ['account', 'card'] },
    { WEBHOOK_TYPES: 'card,account,user', expected: ['account', 'card', 'user'] },
    {
      ...{ WEBHOOK_TYPES: 'card,account,user', WEBHOOK_REGISTRATION: 'events' },
      expected: ['card_transaction+account_transaction+user_account_transaction'],
    },
  ];
  const problems: string[] = [];
  for (const { expected, ...variables } of cases) {
    part.configure({ ...variables, STAGE: 'sandbox' });
    const before = part.payca.answered.length;
    await part.ask({ do: 'apply' });
    const calls = part.payca.answered.slice(before).map(({ call }) => call.split(' ')[0]);
    const firstRemoval = calls.indexOf('DELETE');
    problems.push(...differ(variables.WEBHOOK_TYPES, part.there, expected));
    if (firstRemoval >= 0 && calls.lastIndexOf('POST') > firstRemoval) problems.push('a former one was removed first');
    part.business.trade();
    await part.deliver();
    const report = await part.report();
    problems.push(...differ('unconfirmed', report.unconfirmed, []), ...differ('problems', kinds(report), []));
  }
  part.configure({});
  await part.ask({ do: 'apply' });
  await part.ask({ do: 'remove', ids: [], all: false });
  part.check(
    'forms',
    problems,
    'types of both profiles and the events form: registered, confirmed, changed into one another',
  );
}

/** What others do at PayCA: seen in its list where it has one, else in what comes and what does not. */
async function drift(part: Part): Promise<void> {
  const { outbox } = part.payca;
  outbox.lists = true;
  const [first, second] = [...outbox.subscriptions.values()];
  if (!first || !second) throw new Error('PayCA has fewer than two subscriptions');
  outbox.subscriptions.delete(first.id);
  outbox.subscriptions.set(second.id, { ...second, url: 'https://stranger.example.com/hook?token=x' });
  outbox.subscriptions.set('foreign', { id: 'foreign', url: second.url, type: 'card' });
  const listed = await part.report();
  const leaks = JSON.stringify(listed.problems).includes('token') ? ['the address of a stranger is told whole'] : [];
  await part.ask({ do: 'remove', ids: [first.id, second.id, 'foreign'], all: false });
  await part.ask({ do: 'apply' });
  const mended = await part.report();
  outbox.lists = false;
  const list = [...differ('found', kinds(listed).sort(), ['changed', 'foreign', 'missing']), ...leaks];
  const detail = 'PayCA lists them: missing, changed and foreign found, removed by their ids, registered again';
  part.check('drift-listed', [...list, ...differ('after mending', kinds(mended), [])], detail);
  await silence(part);
}

async function silence(part: Part): Promise<void> {
  const { outbox } = part.payca;
  const days: Report[] = [];
  for (let day = 1; day <= 4; day += 1) {
    part.world.moveClock(25 * HOUR_MS);
    const account = [...outbox.subscriptions.values()].find(({ type }) => type === 'account');
    // On the fourth day somebody has removed it, and many others come.
    if (day === 4 && account) outbox.subscriptions.delete(account.id);
    for (let trades = 0; trades < (day === 4 ? 26 : 1); trades += 1) part.business.trade();
    await part.deliver();
    days.push(await part.daily());
  }
  const found = days.map(kinds);
  part.check(
    'drift-silent',
    differ('by day', found, [[], [], [], ['silent']]),
    'no list: a type that came every day is missed on the day it does not',
  );
}

async function inSandbox(part: Part): Promise<void> {
  const refused = await part.ask({ do: 'provoke', cardId: part.business.cardId, currency: 'EUR' });
  part.configure({ STAGE: 'sandbox' });
  part.payca.environment = 'sandbox';
  await part.ask({ do: 'remove', ids: [], all: true });
  await part.ask({ do: 'apply' });
  const before = await part.report();
  await part.ask({ do: 'provoke', cardId: part.business.cardId, currency: 'EUR' });
  await part.deliver();
  const after = await part.report();
  part.configure({});
  part.payca.environment = 'production';
  const left = part.types.filter((type) => type !== 'card' && type !== 'account');
  const problems = [
    ...differ('in production', refused.result, 'refused'),
    ...differ('before', before.unconfirmed, part.types),
    ...differ('after', after.unconfirmed, left),
  ];
  part.check(
    'provoked',
    problems,
    'in the sandbox a rehearsed transaction confirms card and account; in production it is refused',
  );
}

/** We do not answer for hours, and PayCA gives up; then its resend brings everything, in rounds, with live traffic between. */
async function outage(part: Part): Promise<void> {
  const { world, payca } = part;
  const from = new Date(Date.now() - 1000).toISOString();
  const known = new Set(payca.outbox.notices);
  const receiver = world.function('receive-webhook');
  receiver.failure = 'throttled';
  for (let hour = 0; hour < 3; hour += 1) {
    for (let trades = 0; trades < 4; trades += 1) part.business.trade();
    await part.deliver();
    world.moveClock(HOUR_MS);
  }
  receiver.failure = undefined;
  const missed = payca.outbox.notices.filter((notice) => !known.has(notice));
  part.business.trade();
  const running = golive(world, ['resend', '--from', from, '--patience', '5']);
  let ended = false;
  void running.finally(() => {
    ended = true;
  });
  for (; !ended; await sleep(100)) await part.deliver();
  const { code, text } = await running;
  const sent = payca.outbox.notices
    .filter((notice) => !known.has(notice))
    .map(({ body }) => ({ body: Buffer.from(body), headers: {} }));
  const { lost } = await lostAndDoubled(world, sent);
  const problems = [
    ...differ('lost', lost, 0),
    ...(code === 0 && text.includes(`as many as PayCA counted`) ? [] : [text]),
    ...differ('failed at PayCA', payca.outbox.failed().length, 0),
  ];
  part.check('resend', problems, `${missed.length} webhooks missed in 3 hours, lost 0: ${text.split('\n').at(-2)}`);
}
