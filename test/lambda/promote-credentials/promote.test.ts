import fc from 'fast-check';
import { type ClientPair, PaycaError, type PaycaErrorCode } from '../../../lambda/payca/api';
import { change, figures, type Promoter } from '../../../lambda/promote-credentials/promote';
import { CredentialsCache } from '../../../lambda/receive-webhook/credentials';
import { pair, SecretInMemory } from '../secret-in-memory';

const HOUR_MS = 60 * 60 * 1000;
const OVERLAP_MS = 48 * HOUR_MS;
const IDS = { sent: 'sent-1', received: 'received-1' };

/** PayCA, as far as it judges a pair. */
type Answer = 'accepts' | PaycaErrorCode;

function promoter(secret: SecretInMemory, answer: (pair: ClientPair) => Answer = () => 'accepts'): Promoter {
  return {
    versions: secret.versions,
    read: secret.read,
    move: secret.move,
    prove: async (asked) => {
      const code = answer(asked);
      if (code === 'accepts') return IDS;
      const facts = { code, status: code === 'ErrUnauthorized' ? 401 : undefined, requestId: IDS, latencyMs: 1 };
      throw new PaycaError({ method: 'GET', path: '/v2/accounts' }, facts);
    },
    overlapMs: OVERLAP_MS,
    now: () => secret.now,
  };
}

const put = (secret: SecretInMemory, number: number, answer?: (pair: ClientPair) => Answer) =>
  change({ promote: secret.put(pair(number), 'AWSPENDING') }, promoter(secret, answer));

/** Client ids that a receiver with an empty cache accepts now. */
async function accepted(secret: SecretInMemory): Promise<string[]> {
  const pairs = await new CredentialsCache(secret, () => secret.now, OVERLAP_MS).get();
  return pairs.map(({ clientId }) => clientId);
}

const stages = (secret: SecretInMemory) => secret.stored.list().flatMap(({ stages: own }) => [...own]);

test('the first pair becomes current; there is no former one', async () => {
  const secret = new SecretInMemory();
  const outcome = await put(secret, 1);
  expect(outcome).toMatchObject({ result: 'promoted', requestId: IDS });
  expect(outcome).toHaveProperty('formerAcceptedUntil', undefined);
  expect(secret.at('AWSCURRENT')).toEqual(pair(1));
  expect(secret.at('AWSPENDING')).toBeUndefined();
  expect(await accepted(secret)).toEqual(['client-1']);
});

test('the former pair is accepted until the end of the overlap, counted from the promotion', async () => {
  const secret = new SecretInMemory(pair(1));
  const staged = secret.put(pair(2), 'AWSPENDING');
  secret.now += 5 * HOUR_MS;
  expect(await change({ promote: staged }, promoter(secret))).toMatchObject({
    result: 'promoted',
    versionId: staged,
    formerAcceptedUntil: '2026-12-03T05:00:00.000Z',
  });
  secret.now += 48 * HOUR_MS - 1;
  expect(await accepted(secret)).toEqual(['client-2', 'client-1']);
  secret.now += 1;
  expect(await accepted(secret)).toEqual(['client-2']);
});

test('two changes within an overlap leave both former pairs accepted', async () => {
  const secret = new SecretInMemory(pair(1));
  await put(secret, 2);
  secret.now += HOUR_MS;
  await put(secret, 3);
  expect((await accepted(secret)).sort()).toEqual(['client-1', 'client-2', 'client-3']);
  secret.now += 47 * HOUR_MS;
  expect((await accepted(secret)).sort()).toEqual(['client-2', 'client-3']);
});

test("changes within one second do not stand in each other's way", async () => {
  const secret = new SecretInMemory(pair(1));
  for (const number of [2, 3, 4]) expect(await put(secret, number)).toMatchObject({ result: 'promoted' });
  expect(await change({ rollback: true }, promoter(secret))).toMatchObject({ result: 'rolled-back' });
  expect((await accepted(secret)).sort()).toEqual(['client-1', 'client-2', 'client-3', 'client-4']);
});

test('the same pair again changes nothing, and does not push the former one out', async () => {
  const secret = new SecretInMemory(pair(1));
  await put(secret, 2);
  const before = secret.stored.get().id;
  expect(await put(secret, 2)).toMatchObject({ result: 'unchanged', versionId: before });
  expect(await accepted(secret)).toEqual(['client-2', 'client-1']);
});

test.each<[PaycaErrorCode, string]>([
  ['ErrUnauthorized', 'refused'],
  ['ErrForbidden', 'refused'],
  ['Network', 'unproven'],
  ['Timeout', 'unproven'],
  ['ErrInternal', 'unproven'],
  ['ErrNotFound', 'unproven'],
  ['other', 'unproven'],
])('when PayCA says %s the pair is %s: current stays, pending is cleared, the reason is told', async (code, result) => {
  const secret = new SecretInMemory(pair(1));
  expect(await put(secret, 2, () => code)).toMatchObject({ result, code, requestId: IDS });
  expect(secret.at('AWSCURRENT')).toEqual(pair(1));
  expect(secret.at('AWSPENDING')).toBeUndefined();
  expect(await accepted(secret)).toEqual(['client-1']);
});

test('what is staged must be a pair', async () => {
  const secret = new SecretInMemory(pair(1));
  const staged = secret.put({ clientId: 'client-2' }, 'AWSPENDING');
  expect(await change({ promote: staged }, promoter(secret))).toEqual({ result: 'not-a-pair' });
  expect(stages(secret)).toEqual(['AWSCURRENT']);
});

test('a pair that another operator has staged since is his to promote', async () => {
  const secret = new SecretInMemory(pair(1));
  const mine = secret.put(pair(2), 'AWSPENDING');
  secret.put(pair(3), 'AWSPENDING');
  expect(await change({ promote: mine }, promoter(secret))).toEqual({ result: 'superseded' });
  expect(secret.at('AWSPENDING')).toEqual(pair(3));
  secret.stored.move(
    'AWSPENDING',
    undefined,
    secret.stored.list().find(({ stages: own }) => own.has('AWSPENDING'))?.id,
  );
  expect(await change({ promote: mine }, promoter(secret))).toEqual({ result: 'nothing-staged' });
});

test('the first version of a secret is current although it was put as pending: it is proven and stays', async () => {
  const secret = new SecretInMemory(pair(1));
  const { id } = secret.stored.get();
  secret.stored.move('AWSPENDING', id);
  expect(await change({ promote: id }, promoter(secret))).toMatchObject({ result: 'unchanged', versionId: id });
  expect(stages(secret)).toEqual(['AWSCURRENT']);
});

test('a promotion that is asked for again after it was done says so', async () => {
  const secret = new SecretInMemory(pair(1));
  const staged = secret.put(pair(2), 'AWSPENDING');
  await change({ promote: staged }, promoter(secret));
  expect(await change({ promote: staged }, promoter(secret))).toEqual({ result: 'unchanged', versionId: staged });
});

test('a rollback makes the former pair current again and gives the other one an overlap', async () => {
  const secret = new SecretInMemory(pair(1));
  await put(secret, 2);
  secret.now += HOUR_MS;
  expect(await change({ rollback: true }, promoter(secret))).toMatchObject({
    result: 'rolled-back',
    formerAcceptedUntil: '2026-12-03T01:00:00.000Z',
  });
  expect(secret.at('AWSCURRENT')).toEqual(pair(1));
  expect(await accepted(secret)).toEqual(['client-1', 'client-2']);
  secret.now += 48 * HOUR_MS;
  expect(await accepted(secret)).toEqual(['client-1']);
});

test.each<[string, Answer, string]>([
  ['PayCA no longer accepts', 'ErrUnauthorized', 'refused'],
  ['PayCA cannot be asked about', 'Network', 'unproven'],
])('a former pair that %s does not become current', async (_, answer, result) => {
  const secret = new SecretInMemory(pair(1));
  await put(secret, 2);
  expect(
    await change(
      { rollback: true },
      promoter(secret, () => answer),
    ),
  ).toMatchObject({ result });
  expect(secret.at('AWSCURRENT')).toEqual(pair(2));
});

test('without a former pair there is nothing to roll back to; what was left staged is cleared', async () => {
  const secret = new SecretInMemory();
  await put(secret, 1);
  secret.put(pair(2), 'AWSPENDING');
  expect(await change({ rollback: true }, promoter(secret))).toEqual({ result: 'no-former-pair' });
  expect(secret.at('AWSPENDING')).toBeUndefined();
});

test('however it is stopped and repeated, there is one current pair, none left pending, and no accepted pair is lost', async () => {
  const step = fc.record({
    number: fc.integer({ min: 1, max: 4 }),
    rollback: fc.boolean(),
    answer: fc.constantFrom<Answer>('accepts', 'accepts', 'accepts', 'ErrUnauthorized', 'Network'),
    stopAfterMoves: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
    hours: fc.integer({ min: 0, max: 10 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const secret = new SecretInMemory(pair(0));
      /** Until when each pair must be accepted, by the rule: for 48 h from the moment when it ceased to be current. */
      const due = new Map<unknown, number>();
      for (const { number, rollback, answer, stopAfterMoves, hours } of steps) {
        const before = secret.at('AWSCURRENT')?.clientId;
        const run = promoter(secret, () => answer);
        let moves = 0;
        const move: Promoter['move'] = async (stage, versions) => {
          moves += 1;
          if (stopAfterMoves !== undefined && moves > stopAfterMoves) throw new Error('stopped');
          await secret.move(stage, versions);
        };
        const request = rollback ? ({ rollback: true } as const) : { promote: secret.put(pair(number), 'AWSPENDING') };
        const changing = change(request, { ...run, move });
        if (stopAfterMoves === undefined) await changing;
        else {
          await changing.catch(() => undefined);
          // Whatever is run next clears what was left pending.
          await change(
            { rollback: true },
            promoter(secret, () => 'Network'),
          );
        }
        if (secret.at('AWSCURRENT')?.clientId !== before) due.set(before, secret.now + 48 * HOUR_MS);
        secret.now += hours * HOUR_MS;
        const keys = await accepted(secret);
        expect(stages(secret).filter((stage) => stage === 'AWSCURRENT')).toHaveLength(1);
        expect(stages(secret)).not.toContain('AWSPENDING');
        for (const [clientId, until] of due) if (secret.now < until) expect(keys).toContain(clientId);
      }
    }),
  );
});

test('labels never pile up: what is over is taken away', async () => {
  const secret = new SecretInMemory(pair(0));
  for (let number = 1; number <= 60; number += 1) {
    expect(await put(secret, number)).toMatchObject({ result: 'promoted' });
    secret.now += 24 * HOUR_MS;
  }
  expect(stages(secret).length).toBeLessThan(7);
});

test('figures: missing at first, then the age of the current pair', async () => {
  const secret = new SecretInMemory();
  expect(await figures(promoter(secret))).toEqual({ missing: true });
  await put(secret, 1);
  secret.now += 36 * HOUR_MS;
  expect(await figures(promoter(secret))).toEqual({ missing: false, ageDays: 1.5 });
});
