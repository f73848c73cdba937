import { sha256 } from './inbox';

export type Verdict = 'pass' | 'fail' | 'no-data';

/** What was found about one line of the runbook. */
export interface Finding {
  /** Id of the runbook line: `2.1`. */
  readonly line: string;
  readonly verdict: Verdict;
  /** What was seen: words, numbers and ids, never a secret or a card number. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Who found it, when, and with which code. */
export interface Run {
  /** Opaque; names the run's objects. */
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly actor: string;
  /** Commit of this repository. */
  readonly commit: string;
}

/** An object of the evidence bucket. */
export interface EvidenceObject {
  readonly key: string;
  readonly content: string;
  /** SHA-256 in hex of the content as compact JSON without this hash, which stands in it too. */
  readonly sha256: string;
}

/** Where the newest manifest is: the one object that is written anew, under a condition. */
export const NEWEST_MANIFEST = 'newest.json';

/** Place and hash of a manifest. */
export type ManifestReference = Pick<EvidenceObject, 'key' | 'sha256'>;

/** The record of a finding: one JSON file. */
export function evidenceRecord(run: Run, { line, verdict, details }: Finding): EvidenceObject {
  const { id, time, actor, commit } = run;
  return object(`${folder(run)}/${line}.json`, { line, time, actor, commit, run: id, verdict, details });
}

/**
 * The list of a run's records. It names the manifest before it, so that none can be taken out or changed unnoticed. Another
 * run may take that place first: the next `attempt` has a name of its own.
 */
export function evidenceManifest(
  run: Run,
  records: readonly EvidenceObject[],
  former: ManifestReference | undefined,
  attempt = 1,
): EvidenceObject {
  const entries = records.map(({ key, sha256: hash }) => ({ key, sha256: hash }));
  const name = attempt === 1 ? 'manifest' : `manifest-${attempt}`;
  return object(`${folder(run)}/${name}.json`, { run, former: former ?? null, records: entries });
}

function folder({ id, time }: Run): string {
  return `runs/${time.slice(0, 10)}/${time.replace(/[:.]/g, '-')}-${id}`;
}

function object(key: string, value: object): EvidenceObject {
  const hash = sha256(JSON.stringify(value));
  return { key, content: `${JSON.stringify({ ...value, sha256: hash }, undefined, 2)}\n`, sha256: hash };
}

/** The hash of a record or manifest as it was read, or `undefined` when its content is not what was hashed. */
export function intactHash(content: string): string | undefined {
  const { sha256: hash, ...value } = JSON.parse(content);
  return hash === sha256(JSON.stringify(value)) ? hash : undefined;
}
