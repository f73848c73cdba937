import fc from 'fast-check';
import {
  judgeRelease,
  type ReleaseRecord,
  type ReleaseRequest,
  type ReleaseWorld,
} from '../../../lambda/judge-release/judge';

type Verdict = 'pass' | 'fail' | 'no-data';

/** Releases that are known, a verdict for what is tested, and what was tested. */
function world(verdict: Verdict | Error = 'pass', known: Readonly<Record<string, ReleaseRecord>> = {}) {
  const records = new Map(Object.entries(known));
  const tested: string[] = [];
  const problems: unknown[] = [];
  const made: ReleaseWorld = {
    recall: async (release) => records.get(release),
    remember: async (release, record) => void records.set(release, record),
    test: async (release) => {
      tested.push(release);
      if (verdict instanceof Error) throw verdict;
      return { verdict, summary: 'health' };
    },
    now: () => new Date('2026-12-01T10:00:00Z'),
    onProblem: (error) => problems.push(error),
  };
  return { made, records, tested, problems };
}

const request = (change: Partial<ReleaseRequest>): ReleaseRequest => ({
  ...{ type: 'Update', release: 'new', former: 'old', onFailure: 'rollback' },
  ...change,
});
const record = (accepted: boolean, verdict: Verdict): ReleaseRecord => ({ accepted, verdict, at: '' });

test('an update to a new release whose tests fail is refused, and only written down as that', async () => {
  const { made, records } = world('fail');
  expect(await judgeRelease(request({}), made)).toEqual({ status: 'FAILED', reason: 'smoke fail of new: health' });
  expect(records.get('new')).toMatchObject({ accepted: false, verdict: 'fail' });
});

test.each<[string, Partial<ReleaseRequest>, Verdict | Error]>([
  ['a first deploy', { type: 'Create', former: undefined }, 'fail'],
  ['a report', { onFailure: 'report' }, 'fail'],
  ['PayCA out of reach', {}, 'no-data'],
  ['a pass', {}, 'pass'],
  ['tests that do not start', {}, new Error('init')],
])('%s is let through, and is a release to come back to', async (_, change, verdict) => {
  const { made, records, tested } = world(verdict);
  expect((await judgeRelease(request(change), made)).status).toBe('SUCCESS');
  expect(records.get('new')?.accepted).toBe(true);
  expect(tested).toEqual(['new']);
});

test('a known release is not tested again', async () => {
  const { made, tested } = world('fail', { new: record(true, 'no-data') });
  expect((await judgeRelease(request({}), made)).status).toBe('SUCCESS');
  expect(tested).toEqual([]);
});

test('the way back from a refused release is open, even to one that nobody remembers', async () => {
  const { made, tested } = world('fail', { broken: record(false, 'fail') });
  const back = request({ release: 'forgotten', former: 'broken' });
  expect((await judgeRelease(back, made)).status).toBe('SUCCESS');
  expect(tested).toEqual([]);
});

test('a release that was refused is tested again when it is deployed again', async () => {
  const { made, tested } = world('pass', { new: record(false, 'fail') });
  expect((await judgeRelease(request({}), made)).status).toBe('SUCCESS');
  expect(tested).toEqual(['new']);
});

test('without the table nothing is tested and nothing refused', async () => {
  const { made, tested, problems } = world('fail');
  const recall = () => Promise.reject(new Error('no table'));
  expect((await judgeRelease(request({}), { ...made, recall })).status).toBe('SUCCESS');
  expect([tested.length, problems.length]).toEqual([0, 1]);
});

test('whatever happens, a rollback to what was deployed is never refused', async () => {
  const verdicts = fc.constantFrom<Verdict>('pass', 'fail', 'no-data');
  const deploys = fc.array(
    fc.record({ release: fc.constantFrom('a', 'b', 'c', 'd'), verdict: verdicts, report: fc.boolean() }),
  );
  await fc.assert(
    fc.asyncProperty(deploys, async (all) => {
      const { records } = world();
      let deployed: string | undefined;
      for (const { release, verdict, report } of all) {
        const { made } = world(verdict);
        const shared = {
          ...made,
          recall: async (name: string) => records.get(name),
          remember: async (name: string, one: ReleaseRecord) => void records.set(name, one),
        };
        const type = deployed === undefined ? 'Create' : 'Update';
        const onFailure = report ? 'report' : 'rollback';
        const { status } = await judgeRelease({ type, release, former: deployed, onFailure }, shared);
        if (status === 'SUCCESS') deployed = release;
        else {
          const back = { type: 'Update', release: String(deployed), former: release, onFailure } as const;
          expect((await judgeRelease(back, shared)).status).toBe('SUCCESS');
        }
      }
    }),
  );
});
