import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LaunchDay } from '../launch-day';
import { golive } from '../operator';
import type { World } from '../world';
import type { Act, Scene } from './act';

interface Answer {
  readonly decision: string;
  readonly reasons: readonly string[];
  readonly lines: readonly { readonly id: string; readonly verdict: string; readonly decides: boolean }[];
}

/** Go or no-go, computed: nothing is green by default, and the same inputs give the same answer. */
export const readiness: Act = {
  id: 'readiness',
  title:
    'Go or no-go from records, sign-offs and stacks: nothing green by default, reproducible, known to the timeline',
  play: async (scene) => {
    const { world, check } = scene;
    const first = await golive(world, ['readiness', '--json']);
    const answer: Answer = JSON.parse(first.text);
    const green = answer.lines.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id);
    const onlyDeployed = green.every((id) => /^(1\.4|5\.[1-5])$/.test(id));
    check(
      'nothing-green-by-default',
      first.code === 1 && answer.decision === 'no-go' && onlyDeployed,
      `no-go for ${answer.reasons.length} reasons; shown by the stacks alone: ${green.join(', ')}`,
    );
    const own = answer.lines.filter(({ id, decides }) => id.startsWith('X.') && decides).map(({ id }) => id);
    check('own-lines', own.length === 0, "the team's own lines do not decide unless they say so");
    await recorded(scene);
  },
};

/** A record changes the verdict of its line; the answer is kept with its inputs, and left with the timeline. */
async function recorded({ world, check, credentials }: Scene): Promise<void> {
  await world.supply(credentials);
  new LaunchDay(world).fund('75000.00');
  await world.function('watch-payca').invoke({ 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} });
  await golive(world, ['prefund', 'check', '--record']);
  const mine = await golive(world, ['readiness', '--owner', 'Treasury', '--record']);
  const shown =
    /pass\s+3\.2/.test(mine.text) && /^Treasury: \d+ open$/m.test(mine.text) && !mine.text.includes('Engineering:');
  check('by-owner', shown, mine.text.split('\n').find((line) => line.startsWith('Treasury:')) ?? mine.text);
  const known = JSON.stringify((await world.function('run-timeline').invoke({ ask: 'status' })) ?? {});
  check('left-with-the-timeline', known.includes('"decision":"no-go"'), 'the timeline knows the answer, and by whom');
  const directory = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  try {
    const file = join(directory, 'readiness.json');
    const stored = storedAnswer(world);
    writeFileSync(file, JSON.stringify(stored));
    const again = await golive(world, ['readiness', '--inputs', file, '--json']);
    const { decision, reasons }: Answer = JSON.parse(again.text);
    const same =
      decision === stored.details.decision && JSON.stringify(reasons) === JSON.stringify(stored.details.reasons);
    check('reproducible', same, `from the stored inputs again: ${decision}, the same ${reasons.length} reasons`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function storedAnswer(world: World): { details: Answer } {
  const [, content] = [...world.s3.objects].find(([name]) => name.endsWith('/readiness.json')) ?? [];
  return JSON.parse(String(content));
}
