import { gunzipSync } from 'node:zlib';
import { lostAndDoubled } from '../ledger';
import { Random, webhook } from '../payca';
import { metricSums, traces } from '../traces';
import { type Sending, type Traffic, traffic } from '../traffic';
import type { Act, Scene } from './act';
import { bodyLimit } from './edge';
import { acknowledge, path } from './first-deploy';

const WORKERS = 16;

/** PayCA's traffic over TLS, through the inbox, to the bus and into the archive. */
export const webhooks: Act = {
  id: 'webhooks',
  title: 'Deliveries over TLS, into the inbox, onto the bus, into the archive',
  quick: true,
  long: true,
  play: async (scene) => {
    const { world, credentials, deliveries, check, seed } = scene;
    await world.supply(credentials);
    const planned = traffic(deliveries, credentials, bodyLimit(world), new Random(seed));
    const answers = await deliver(scene, planned.sendings);
    await handedOverAsText(scene);
    await world.sources.drained();
    answered(scene, planned, answers);
    await stored(scene, planned);
    await onTheBus(scene, planned);
    await archived(scene);
    await nothingLeaked(scene, planned);
    await figures(scene, planned);
    const refusals = [...new Set(world.gate.refusals)];
    check(
      'permitted',
      refusals.length === 0,
      refusals.slice(0, 3).join('; ') || 'every call to AWS is allowed by role and key',
    );
  },
};

type Answers = Map<Sending, (number | string)[]>;

async function deliver({ world, progress }: Scene, sendings: readonly Sending[]): Promise<Answers> {
  const client = world.client({ connections: 64 });
  const answers: Answers = new Map();
  const total = sendings.reduce((sum, { copies }) => sum + copies, 0);
  let done = 0;
  const queue = [...sendings];
  const work = async () => {
    for (let sending = queue.shift(); sending; sending = queue.shift()) {
      const { body, headers } = sending.webhook;
      const copies = Array.from({ length: sending.copies }, () =>
        client.post(path(world), body, headers).then(
          ({ status }) => status,
          (error: Error) => error.message,
        ),
      );
      answers.set(sending, await Promise.all(copies));
      done += sending.copies;
      progress(`${done.toLocaleString('en')} of ${total.toLocaleString('en')} deliveries`);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return answers;
}

/** A gateway without binary media types hands a body over as text; the signature must hold then too. */
async function handedOverAsText({ world, credentials, check, seed }: Scene): Promise<void> {
  const { body, headers } = webhook('{"event":"kyc","data":{"id":"text-façade-日本"}}', credentials, new Random(seed));
  const event = { body: body.toString(), isBase64Encoded: false, headers, requestContext: {} };
  const invocation = await world.function('receive-webhook').invoke(event);
  const status =
    'result' in invocation ? (invocation.result as { statusCode: number }).statusCode : invocation.errorMessage;
  check(
    'text-hand-over',
    String(status) === acknowledge(world),
    `${status} for a body handed over as text; all others were base64`,
  );
}

function answered({ world, check }: Scene, { sendings, kinds }: Traffic, answers: Answers): void {
  const status = (sending: Sending) =>
    sending.expected === 'acknowledged' ? Number(acknowledge(world)) : sending.expected;
  const all = sendings.flatMap((sending) => (answers.get(sending) ?? []).map((answer) => ({ sending, answer })));
  const wrong = all.filter(({ sending, answer }) => answer !== status(sending));
  const mix = Object.entries(kinds).map(([kind, count]) => `${count} ${kind}`);
  check(
    'answers',
    wrong.length === 0,
    wrong.length === 0 ? `${all.length} deliveries: ${mix.join(', ')}` : unexpected(wrong),
  );
  const refused = all.filter(({ answer }) => answer === 400 || answer === 401);
  const meant = sendings.filter(({ expected }) => expected !== 'acknowledged');
  check(
    'refused',
    wrong.length === 0 && refused.length === meant.length,
    `${refused.length} refused, ${meant.length} had to be`,
  );
}

function unexpected(wrong: readonly { sending: Sending; answer: number | string }[]): string {
  const counts = new Map<string, number>();
  for (const { sending, answer } of wrong) {
    const line = `${answer} instead of ${sending.expected}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => `${count} x ${line}`).join(', ');
}

async function stored({ world, check }: Scene, { sendings }: Traffic): Promise<void> {
  const good = sendings.filter(({ expected }) => expected === 'acknowledged').map(({ webhook }) => webhook);
  const { lost, twice, different } = await lostAndDoubled(world, good);
  check('lost', lost === 0, `${lost} of ${different} different webhooks are not in the inbox`);
  check('stored-twice', twice === 0, `${twice} webhooks are in the inbox more than once`);
}

interface Detail {
  readonly key: string;
  readonly oneTimeCode?: string;
}

async function onTheBus({ world, check }: Scene, { codes }: Traffic): Promise<void> {
  const keys = new Set(world.events.events.map(({ detail }) => (detail as unknown as Detail).key));
  const items = await world.inbox();
  const missing = items.filter(({ pk, undispatched }) => !keys.has(String(pk?.S)) || undispatched !== undefined);
  check(
    'on-the-bus',
    missing.length === 0,
    `${items.length - missing.length} of ${items.length} webhooks, in ${world.events.events.length} events`,
  );
  const carried = found(JSON.stringify(world.events.events), codes);
  check('codes-reach-the-bus', carried.length === codes.size, `${carried.length} of ${codes.size} one-time codes`);
}

async function archived({ world, check }: Scene): Promise<void> {
  const lines = [...world.s3.objects.values()].flatMap((object) => gunzipSync(object).toString().trim().split('\n'));
  const keys = new Set(lines.map((line) => (JSON.parse(line).detail as Detail).key));
  const items = await world.inbox();
  const missing = items.filter(({ pk }) => !keys.has(String(pk?.S)));
  check(
    'archived',
    missing.length === 0,
    `${items.length - missing.length} of ${items.length} webhooks, in ${world.s3.objects.size} objects`,
  );
}

async function nothingLeaked({ world, credentials, check }: Scene, planned: Traffic): Promise<void> {
  const signatures = planned.sendings.flatMap(
    ({ webhook: { headers } }) => headers['x-signature']?.slice('sha256='.length) ?? [],
  );
  const forbidden = new Set([...planned.codes, ...planned.cardNumbers, ...signatures]);
  const leaks = (await traces(world)).flatMap(({ place, text }) => [
    ...(text.includes(credentials.clientSecret) ? [`the client secret in ${place}`] : []),
    ...(found(text, forbidden).length > 0 ? [`${found(text, forbidden).length} in ${place}`] : []),
  ]);
  const detail = `${planned.codes.size} codes, ${planned.cardNumbers.size} card numbers and ${signatures.length} signatures: none in inbox, archives or logs`;
  check('nothing-leaked', leaks.length === 0, leaks.join(', ') || detail);
}

/** Codes, card numbers and signatures of `wanted` that are in a text: found by their form, then compared. */
function found(text: string, wanted: ReadonlySet<string>): string[] {
  const candidates = text.match(/OTP-\d{6}-[0-9a-f]{8}|(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])|\d(?:[ -]?\d){15}/g) ?? [];
  return [...new Set(candidates.flatMap((candidate) => [candidate, candidate.replace(/[ -]/g, '')]))].filter((text) =>
    wanted.has(text),
  );
}

/** The metrics, which alarms will stand on, against what was sent. */
async function figures({ world, check }: Scene, { sendings }: Traffic): Promise<void> {
  const acknowledged = sendings
    .filter(({ expected }) => expected === 'acknowledged')
    .reduce((sum, { copies }) => sum + copies, 1);
  const items = await world.inbox();
  const conflicts = items.filter(({ conflict }) => conflict).length;
  const expected = {
    WebhooksReceived: acknowledged + sendings.filter((sending) => sending.expected !== 'acknowledged').length,
    WebhooksAccepted: items.length,
    WebhooksDuplicate: acknowledged - items.length,
    WebhooksConflict: conflicts,
    Events: items.length,
    WebhooksNotStored: 0,
    EventsSetAside: 0,
  };
  const emitted = metricSums(world);
  const wrong = Object.entries(expected).filter(([name, value]) => (emitted.get(name) ?? 0) !== value);
  const texts = wrong.map(([name, value]) => `${name} ${emitted.get(name) ?? 0} instead of ${value}`);
  check(
    'figures',
    wrong.length === 0,
    texts.join(', ') ||
      Object.entries(expected)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
  );
}
