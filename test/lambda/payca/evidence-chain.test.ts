import fc from 'fast-check';
import type { Finding } from '../../../lambda/payca/evidence';
import { type Evidence, type KeptObject, readEvidence } from '../../../lambda/payca/evidence-chain';
import { EvidenceStore } from '../../../lambda/payca/evidence-store';
import { sha256 } from '../../../lambda/payca/inbox';
import { BucketInMemory } from '../bucket-in-memory';

const finding: Finding = { line: '2.1', verdict: 'pass', details: { seen: 'refused' } };
const folder = (id: string) => `runs/2026-12-01/2026-12-01T0${id}-00-00-000Z-${id}`;
const record = (id: string) => `${folder(id)}/2.1.json`;
const manifest = (id: string) => `${folder(id)}/manifest.json`;

let bucket: BucketInMemory;
let store: EvidenceStore;

const write = (id: string) =>
  store.write({ id, time: `2026-12-01T0${id}:00:00.000Z`, actor: 'jo', commit: 'abc' }, [finding]);

/** What S3 keeps of everything, or what a folder has of it. */
function kept(source: 'bucket' | 'folder'): KeptObject[] {
  return [...bucket.versions].map(([key, contents]) => {
    const versions = contents.map((content, index) => ({ id: `v${index}`, at: `2026-12-02T0${index}`, content }));
    return { key, versions: source === 'bucket' ? versions : [{ content: contents.at(-1) }] };
  });
}

const problems = ({ problems: found }: Evidence) => found.map(({ key, problem }) => `${key} ${problem}`);
/** In place, as nobody can in S3 and anybody can in a folder. */
const replace = (key: string, content: string) => bucket.versions.set(key, [content]);
const content = (key: string) => bucket.get(key) ?? '';
/** With a hash that is right for what it says now. */
function rehashed(text: string): string {
  const { sha256: _, ...value } = JSON.parse(text);
  return JSON.stringify({ ...value, sha256: sha256(JSON.stringify(value)) });
}

beforeEach(async () => {
  bucket = new BucketInMemory();
  store = new EvidenceStore('evidence', bucket.client);
  for (const id of ['1', '2', '3']) await write(id);
});

test.each(['bucket', 'folder'] as const)('a %s that nobody touched proves its records', (source) => {
  const evidence = readEvidence(kept(source));
  expect(evidence).toMatchObject({ problems: [], unchained: [], newest: { key: manifest('3') } });
  expect(evidence.manifests.map(({ key }) => key)).toEqual(['1', '2', '3'].map(manifest));
  expect(evidence.records.map(({ key, record: { actor, verdict } }) => [key, actor, verdict])).toEqual(
    ['1', '2', '3'].map((id) => [record(id), 'jo', 'pass']),
  );
});

test('nothing recorded is nothing wrong', () => {
  expect(readEvidence([])).toEqual({ newest: undefined, manifests: [], records: [], problems: [], unchained: [] });
});

const TAMPERING: readonly (readonly [what: string, tamper: () => void, found: () => string[], left: string[]])[] = [
  [
    'a record changed',
    () => replace(record('2'), content(record('2')).replace('refused', 'accepted')),
    () => [`${record('2')} changed: its content is not what was hashed`],
    ['1', '3'],
  ],
  [
    'a record changed, with a hash to match',
    () => replace(record('2'), rehashed(content(record('2')).replace('"pass"', '"fail"'))),
    () => [expect.stringMatching(`^${record('2')} changed: its hash is [0-9a-f]{64}, and ${manifest('2')} names`)],
    ['1', '3'],
  ],
  [
    'a record that is no JSON any more',
    () => replace(record('1'), ''),
    () => [`${record('1')} changed: its content is not what was hashed`],
    ['2', '3'],
  ],
  [
    'a record taken away',
    () => bucket.versions.delete(record('2')),
    () => [`${record('2')} missing: ${manifest('2')} names it`],
    ['1', '3'],
  ],
  [
    'a record and its place in the manifest taken away',
    () => {
      bucket.versions.delete(record('2'));
      replace(manifest('2'), rehashed(content(manifest('2')).replace(/"records": \[[^\]]*\]/, '"records": []')));
    },
    () => [expect.stringMatching(`^${manifest('2')} changed: its hash is \\w+, and ${manifest('3')} names`)],
    ['1', '3'],
  ],
  [
    'a manifest changed',
    () => replace(manifest('2'), content(manifest('2')).replace('"jo"', '"mo"')),
    () => [`${manifest('2')} changed: its content is not what was hashed`],
    ['1', '3'],
  ],
  [
    'a manifest taken away',
    () => bucket.versions.delete(manifest('2')),
    () => [`${manifest('2')} missing: ${manifest('3')} names it`],
    ['1', '3'],
  ],
  [
    'a manifest and a record before it',
    () => {
      bucket.versions.delete(manifest('3'));
      bucket.versions.delete(record('1'));
    },
    () => [`${manifest('3')} missing: newest.json names it`, `${record('1')} missing: ${manifest('1')} names it`],
    ['2'],
  ],
  [
    'the name of the newest taken away',
    () => bucket.versions.delete('newest.json'),
    () => ['newest.json missing: which manifest is the newest is not known'],
    ['1', '2', '3'],
  ],
  [
    'the name of the newest spoilt',
    () => replace('newest.json', '{}'),
    () => ['newest.json changed: its content names no manifest'],
    ['1', '2', '3'],
  ],
];

test.each(TAMPERING)('%s is found, and the rest is still read', (_, tamper, found, left) => {
  tamper();
  for (const source of ['folder', 'bucket'] as const) {
    const evidence = readEvidence(kept(source));
    expect(problems(evidence)).toEqual(found());
    expect(evidence.records.map(({ key }) => key)).toEqual(left.map(record));
  }
});

test('a run hidden by turning the newest back is found', async () => {
  const older = JSON.parse(content(manifest('3'))).former;
  bucket.put('newest.json', JSON.stringify(older));
  expect(problems(readEvidence(kept('bucket')))).toEqual([
    `newest.json changed: version v3 of 2026-12-02T03 names ${manifest('2')}, which does not follow ${manifest('3')}`,
  ]);
  expect(problems(readEvidence(kept('folder')))).toEqual([
    `${manifest('3')} cut off: it follows the newest manifest, and newest.json does not name it`,
  ]);
  await write('4');
  const hidden = readEvidence(kept('bucket'));
  expect(problems(hidden)[0]).toContain('names');
  expect(hidden.records.map(({ key }) => key).sort()).toEqual(['1', '2', '3', '4'].map(record));
  expect(hidden.newest?.key).toBe(manifest('4'));
});

test.each([
  ['written over', 'same'],
  ['deleted', undefined],
])('a record that was %s under Object Lock is named, and read as it was recorded', (what, now) => {
  bucket.versions.set(record('2'), [content(record('2')), now as string]);
  const evidence = readEvidence(kept('bucket'));
  expect(problems(evidence)).toEqual([`${record('2')} ${what} on 2026-12-02T01: version v1`]);
  expect(evidence.records).toHaveLength(3);
});

test('what no manifest names proves nothing', () => {
  const planted = `${folder('9')}/2.1.json`;
  bucket.put(planted, content(record('1')));
  bucket.put(manifest('9'), rehashed(content(manifest('1')).replace('"1"', '"9"')));
  const evidence = readEvidence(kept('bucket'));
  expect(evidence).toMatchObject({ problems: [], unchained: [planted, manifest('9')] });
  expect(evidence.records).toHaveLength(3);
});

test('an attempt that came too late is no surprise, a forged one is', async () => {
  bucket.before = { key: 'newest.json', act: () => write('4') };
  await write('5');
  expect(readEvidence(kept('bucket'))).toMatchObject({ problems: [], unchained: [] });
  const forged = `${folder('5')}/manifest-7.json`;
  bucket.put(forged, rehashed(content(manifest('5')).replace(/"records": \[[^\]]*\]/, '"records": []')));
  expect(readEvidence(kept('bucket')).unchained).toEqual([forged]);
});

test('whatever one byte is changed to, it is found', () => {
  const all = kept('folder');
  const one = fc.record({
    object: fc.nat(all.length - 1),
    place: fc.nat(2000),
    byte: fc.constantFrom(...'{}",:0aZ \n'),
  });
  fc.assert(
    fc.property(one, ({ object, place, byte }) => {
      const changed = all.map(({ key, versions }, index) => {
        const [{ content: text = '' } = { content: '' }] = versions;
        const at = place % text.length;
        return index === object
          ? { key, versions: [{ content: text.slice(0, at) + byte + text.slice(at + 1) }] }
          : { key, versions };
      });
      // Spaces between the parts of JSON are no content.
      const same = all.every(({ versions }, index) => {
        const [before, after] = [versions[0]?.content, changed[index]?.versions[0]?.content];
        return before === after || compact(before) === compact(after);
      });
      expect(readEvidence(changed).problems.length > 0).toBe(!same);
    }),
    { numRuns: 300 },
  );
});

function compact(text = ''): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
