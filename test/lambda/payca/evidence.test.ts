import fc from 'fast-check';
import { evidenceManifest, evidenceRecord, intactHash } from '../../../lambda/payca/evidence';

const RUN = { id: 'run-1', time: '2026-12-01T10:00:00.000Z', actor: 'jo', commit: 'abc' };
const record = evidenceRecord(RUN, { line: '2.1', verdict: 'pass', details: { 'tls-1.1': 'pass: refused' } });

test('a record says what was found, by whom, when and with which code', () => {
  expect(record.key).toBe('runs/2026-12-01/2026-12-01T10-00-00-000Z-run-1/2.1.json');
  expect(JSON.parse(record.content)).toEqual({
    line: '2.1',
    time: RUN.time,
    actor: 'jo',
    commit: 'abc',
    run: 'run-1',
    verdict: 'pass',
    details: { 'tls-1.1': 'pass: refused' },
    sha256: record.sha256,
  });
});

test('a manifest names its records and the manifest before it', () => {
  const first = evidenceManifest(RUN, [record], undefined);
  const second = evidenceManifest({ ...RUN, id: 'run-2' }, [], first);
  expect(JSON.parse(first.content)).toMatchObject({
    former: null,
    records: [{ key: record.key, sha256: record.sha256 }],
  });
  expect(JSON.parse(second.content).former).toMatchObject({ sha256: first.sha256 });
});

test('any change of a value is found', () => {
  expect(intactHash(record.content)).toBe(record.sha256);
  expect(intactHash(record.content.replace('"pass"', '"fail"'))).toBeUndefined();
  fc.assert(
    fc.property(fc.jsonValue(), (details) => {
      const { content, sha256 } = evidenceRecord(RUN, { line: '2.1', verdict: 'pass', details: { details } });
      expect(intactHash(content)).toBe(sha256);
    }),
  );
});
