import type { Finding, Run } from '../../../lambda/payca/evidence';
import { EvidenceStore } from '../../../lambda/payca/evidence-store';
import { BucketInMemory } from '../bucket-in-memory';

const run = (id: string): Run => ({ id, time: '2026-12-01T10:00:00.000Z', actor: 'jo', commit: 'abc' });
const finding: Finding = { line: '2.1', verdict: 'pass', details: {} };
const FOLDER = 'runs/2026-12-01/2026-12-01T10-00-00-000Z-';

let bucket: BucketInMemory;
let store: EvidenceStore;

beforeEach(() => {
  bucket = new BucketInMemory();
  store = new EvidenceStore('evidence', bucket.client);
});

test('records, their manifest, and which is the newest', async () => {
  const first = await store.write(run('1'), [finding, { ...finding, line: '2.2' }]);
  const second = await store.write(run('2'), [finding]);
  expect([...bucket.versions.keys()]).toEqual([
    `${FOLDER}1/2.1.json`,
    `${FOLDER}1/2.2.json`,
    `${FOLDER}1/manifest.json`,
    'newest.json',
    `${FOLDER}2/2.1.json`,
    `${FOLDER}2/manifest.json`,
  ]);
  expect(JSON.parse(bucket.get(second.key) ?? '').former).toEqual({ key: first.key, sha256: first.sha256 });
  expect(JSON.parse(bucket.get('newest.json') ?? '')).toEqual({ key: second.key, sha256: second.sha256 });
});

test('of two runs at the same moment the second follows the first', async () => {
  await store.write(run('1'), [finding]);
  let between: { key: string } | undefined;
  bucket.before = { key: 'newest.json', act: async () => (between = await store.write(run('2'), [finding])) };
  const last = await store.write(run('3'), [finding]);
  expect(last.key).toBe(`${FOLDER}3/manifest-2.json`);
  expect(JSON.parse(bucket.get(last.key) ?? '').former.key).toBe(between?.key);
});

test('nothing is added to a chain whose newest manifest was changed or taken away', async () => {
  const { key, content } = await store.write(run('1'), [finding]);
  for (const now of [content.replace('jo', 'mo'), undefined]) {
    bucket.versions.delete(key);
    if (now) bucket.put(key, now);
    await expect(store.write(run('2'), [finding])).rejects.toThrow(`the manifest ${key} in evidence is not what was`);
  }
  expect([...bucket.versions.keys()].filter((name) => name.includes('-2/'))).toEqual([]);
});

test('a record is never written over', async () => {
  await store.write(run('1'), [finding]);
  await expect(store.write(run('1'), [{ ...finding, verdict: 'fail' }])).rejects.toThrow('refused');
});
