import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GetObjectCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { chosen, recordLines, verificationLines, verified } from '../../cli/evidence-records';
import { readBucket, readFolder, writeFolder } from '../../cli/evidence-source';
import { evidenceManifest, evidenceRecord } from '../../lambda/payca/evidence';
import { type KeptObject, readEvidence } from '../../lambda/payca/evidence-chain';

const RUN = { id: 'run-1', time: '2026-12-01T10:00:00.000Z', actor: 'jo', commit: 'abc' };
const record = evidenceRecord(RUN, { line: '2.1', verdict: 'pass', details: { tls: 'refused' } });
const manifest = evidenceManifest(RUN, [record], undefined);
const AT = '2026-12-01T10:00:01.000Z';
const once = (key: string, content: string): KeptObject => ({ key, versions: [{ id: 'v1', at: AT, content }] });
const pointer = once('newest.json', JSON.stringify({ key: manifest.key, sha256: manifest.sha256 }));
const BUCKET = [once(record.key, record.content), once(manifest.key, manifest.content), pointer];
const overwritten: KeptObject = {
  key: record.key,
  versions: [
    { id: 'v1', at: AT, content: record.content },
    { id: 'v2', at: '2026-12-02T10:00:00.000Z', content: 'forged' },
    { id: 'v3', at: '2026-12-03T10:00:00.000Z', content: undefined },
  ],
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evidence-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('an export holds plain files, and all that the bucket told', () => {
  const objects = [overwritten, ...BUCKET.slice(1)];
  writeFolder(folder, objects);
  expect(readFileSync(join(folder, manifest.key), 'utf8')).toBe(manifest.content);
  expect(readFolder(folder).toSorted((a, b) => a.key.localeCompare(b.key))).toEqual(
    objects.toSorted((a, b) => a.key.localeCompare(b.key)),
  );
  expect(() => writeFolder(folder, objects)).toThrow('must be empty or not there yet');
});

test('a key that leads out of the folder is written nowhere', () => {
  expect(() => writeFolder(folder, [once('../stolen', '')])).toThrow('../stolen is no key of a record');
});

test('a folder that was downloaded otherwise is read without versions', () => {
  writeFolder(folder, BUCKET);
  rmSync(join(folder, 'versions.json'));
  expect(verified(readFolder(folder))).toMatchObject({ verdict: 'pass', records: 1, versions: false });
  rmSync(join(folder, record.key));
  expect(verified(readFolder(folder)).problems).toEqual([
    { key: record.key, problem: `missing: ${manifest.key} names it` },
  ]);
  expect(() => readFolder(join(folder, 'nowhere'))).toThrow('nowhere');
});

test('a file that an export had and has no more is missing', () => {
  writeFolder(folder, BUCKET);
  rmSync(join(folder, record.key));
  writeFileSync(join(folder, 'extra.json'), '{}');
  expect(verified(readFolder(folder))).toMatchObject({
    problems: [{ key: record.key, problem: `missing: ${manifest.key} names it` }],
    unchained: ['extra.json'],
  });
});

test('a bucket is read page by page, with versions and deletions in their order', async () => {
  const listed = (Key: string, VersionId: string, at: string, IsLatest = false) => ({
    Key,
    VersionId,
    IsLatest,
    LastModified: new Date(at),
  });
  const pages: Record<string, object> = {
    '': {
      IsTruncated: true,
      NextKeyMarker: 'record',
      NextVersionIdMarker: 'v2',
      Versions: [listed('newest.json', 'n1', AT, true), listed('record', 'v2', '2026-12-02T00:00:00.000Z')],
      DeleteMarkers: [listed('record', 'v3', '2026-12-03T00:00:00.000Z', true)],
    },
    v2: { Versions: [listed('record', 'v1', AT)] },
  };
  const send = async (command: unknown) => {
    if (command instanceof ListObjectVersionsCommand) return pages[command.input.VersionIdMarker ?? ''];
    const { Key, VersionId } = (command as GetObjectCommand).input;
    return { Body: { transformToString: async () => `${Key} ${VersionId}` } };
  };
  const found = await readBucket({ send } as unknown as Pick<S3Client, 'send'>, 'evidence');
  expect(Object.fromEntries(found.map(({ key, versions }) => [key, versions.map(({ content }) => content)]))).toEqual({
    'newest.json': ['newest.json n1'],
    record: ['record v1', 'record v2', undefined],
  });
});

test('an auditor is told what is proven, up to which manifest', () => {
  expect(verificationLines(verified(BUCKET))).toEqual([
    'records  1, of 1 runs',
    'versions of every object checked',
    `newest   ${manifest.key}, of ${RUN.time}`,
    `sha256   ${manifest.sha256}`,
    'verdict: pass',
  ]);
  expect(verificationLines(verified([overwritten, ...BUCKET.slice(1), once('stray', '')]))).toEqual([
    `fail     ${record.key}  written over on 2026-12-02T10:00:00.000Z: version v2`,
    `fail     ${record.key}  deleted on 2026-12-03T10:00:00.000Z: version v3`,
    'note     stray  no manifest of the chain names it: it proves nothing',
    ...verificationLines(verified(BUCKET)).slice(0, -1),
    'verdict: fail',
  ]);
  expect(verified([])).toMatchObject({ verdict: 'no-data', problems: [] });
});

test('a manifest that a document names must be in the chain', () => {
  expect(verified(BUCKET, manifest.sha256).verdict).toBe('pass');
  expect(verified(BUCKET, 'f'.repeat(64)).problems).toEqual([
    { key: `manifest ${'f'.repeat(64)}`, problem: 'missing: no manifest of the chain has this hash' },
  ]);
});

test('records are chosen by key, run and line, and listed', () => {
  const later = evidenceRecord(
    { ...RUN, id: 'run-2', time: '2026-12-02T10:00:00.000Z' },
    {
      line: '2.1',
      verdict: 'fail',
      details: {},
    },
  );
  const second = evidenceManifest({ ...RUN, id: 'run-2', time: '2026-12-02T10:00:00.000Z' }, [later], manifest);
  const newest = once('newest.json', JSON.stringify({ key: second.key, sha256: second.sha256 }));
  const evidence = readEvidence([
    ...BUCKET.slice(0, 2),
    once(later.key, later.content),
    once(second.key, second.content),
    newest,
  ]);
  const keys = (what: string) => chosen(what, evidence).map(({ key }) => key);
  expect([keys(record.key), keys('run-1'), keys('2.1')]).toEqual([[record.key], [record.key], [later.key]]);
  expect(() => keys('9.9')).toThrow('9.9: no such record, run or line');
  expect(recordLines(evidence.records)).toEqual([
    'time                  line   verdict  actor             record',
    `2026-12-01T10:00:00Z  2.1    pass     jo                ${record.key}`,
    `2026-12-02T10:00:00Z  2.1    fail     jo                ${later.key}`,
  ]);
  expect(recordLines([])).toEqual(['no records']);
});
