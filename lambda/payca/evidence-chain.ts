import * as z from 'zod';
import { intactHash, NEWEST_MANIFEST, type Run } from './evidence';

/** One version of an object, as S3 or a folder keeps it. */
export interface KeptVersion {
  /** S3's id; a folder has none. */
  readonly id?: string;
  /** ISO 8601 in UTC, by S3's clock. */
  readonly at?: string;
  /** `undefined` for the marker of a deletion. */
  readonly content: string | undefined;
}

/** An object of the evidence bucket with all that is kept of it, oldest first. */
export interface KeptObject {
  readonly key: string;
  readonly versions: readonly KeptVersion[];
}

const text = z.string();
const reference = z.object({ key: text, sha256: text });
const recordSchema = z.object({
  line: text,
  time: text,
  actor: text,
  commit: text,
  run: text,
  verdict: z.enum(['pass', 'fail', 'no-data']),
  details: z.record(text, z.unknown()),
  sha256: text,
});
const manifestSchema = z.object({
  run: z.object({ id: text, time: text, actor: text, commit: text }),
  former: reference.nullable(),
  records: z.array(reference),
  sha256: text,
});

export type EvidenceRecord = z.output<typeof recordSchema>;
type Manifest = z.output<typeof manifestSchema>;
type Reference = z.output<typeof reference>;
type ChainedManifest = Manifest & { readonly key: string };

/** A record of the chain; one that was changed is not among them. */
export interface ChainedRecord {
  readonly key: string;
  readonly record: EvidenceRecord;
}

export interface EvidenceProblem {
  readonly key: string;
  /** What is wrong with it, in words: `changed: ...`, `missing: ...`. */
  readonly problem: string;
}

/** What the objects prove together. */
export interface Evidence {
  /** The newest manifest that is intact; it stands for everything before it. */
  readonly newest?: Reference & { readonly run: Run };
  /** Of every manifest in the chain. */
  readonly manifests: readonly Reference[];
  /** As they were recorded, oldest run first. */
  readonly records: readonly ChainedRecord[];
  readonly problems: readonly EvidenceProblem[];
  /** Objects that no manifest of the chain names: they prove nothing. A run that was cut off leaves such. */
  readonly unchained: readonly string[];
}

/** Reads everything in an evidence bucket, or a copy of it, and checks hashes, versions and the chain of manifests. */
export function readEvidence(objects: readonly KeptObject[]): Evidence {
  return new Chain(objects).read();
}

class Chain {
  private readonly objects: ReadonlyMap<string, KeptObject>;
  private readonly problems: EvidenceProblem[] = [];
  private readonly seen = new Set<string>([NEWEST_MANIFEST]);
  /** Unbroken parts of the chain, each oldest first. */
  private readonly pieces: ChainedManifest[][] = [];
  /** Something hides the names of manifests. */
  private gap = false;

  constructor(objects: readonly KeptObject[]) {
    this.objects = new Map(objects.map((object) => [object.key, object]));
  }

  read(): Evidence {
    const head = this.pointer();
    if (head) this.follow(head, NEWEST_MANIFEST);
    // What a gap hides is read from the longest piece that is left, so that other changes are told too.
    for (let piece = this.longestPieceLeft(); piece; piece = this.longestPieceLeft()) this.follow(piece);
    const manifests = this.manifests;
    const records = manifests.flatMap(({ key, records: named }) => named.flatMap((one) => this.record(one, key)));
    for (const object of this.objects.values()) this.versions(object);
    const newest = this.pieces[0]?.at(-1) ?? manifests.at(-1);
    const unchained = this.unchained();
    for (const { key, former } of this.allManifests())
      if (unchained.includes(key) && newest && former?.sha256 === newest.sha256)
        this.wrong(key, `cut off: it follows the newest manifest, and ${NEWEST_MANIFEST} does not name it`);
    return {
      newest: newest && { key: newest.key, sha256: newest.sha256, run: newest.run },
      manifests: manifests.map(({ key, sha256 }) => ({ key, sha256 })),
      records,
      problems: this.problems,
      unchained,
    };
  }

  /** The manifest that is said to be the newest; each version of that word must follow the one before it. */
  private pointer(): Reference | undefined {
    const { versions = [] } = this.objects.get(NEWEST_MANIFEST) ?? {};
    if (versions.length === 0 && this.objects.size > 0)
      this.hidden(NEWEST_MANIFEST, 'missing: which manifest is the newest is not known');
    let before: Reference | undefined;
    for (const { id, at, content } of versions) {
      const which = versions.length > 1 ? `version ${id} of ${at}` : 'its content';
      const named = content === undefined ? undefined : parsed(reference, content);
      if (content === undefined) this.hidden(NEWEST_MANIFEST, `deleted: ${which}`);
      else if (!named) this.hidden(NEWEST_MANIFEST, `changed: ${which} names no manifest`);
      else if (before && !this.follows(named, before))
        this.hidden(NEWEST_MANIFEST, `changed: ${which} names ${named.key}, which does not follow ${before.key}`);
      before = named ?? before;
    }
    return before;
  }

  /** What cannot be read is told where the chain is followed. */
  private follows(later: Reference, { sha256 }: Reference): boolean {
    const manifest = this.manifest(later);
    return !manifest || manifest.former?.sha256 === sha256;
  }

  private follow(head: Reference, namedBy?: string): void {
    const piece: ChainedManifest[] = [];
    let next: Reference | null = head;
    let by = namedBy;
    while (next && !this.seen.has(next.key)) {
      this.seen.add(next.key);
      const manifest: Manifest | undefined = this.named(next, by) ? this.manifest(next) : undefined;
      if (manifest) piece.unshift({ ...manifest, key: next.key });
      else this.gap = true;
      by = next.key;
      next = manifest?.former ?? null;
    }
    this.pieces.push(piece);
  }

  /** In the order of the chain, which no clock can mix up; only pieces are ordered by time. */
  private get manifests(): ChainedManifest[] {
    const time = ([first]: ChainedManifest[]) => first?.run.time ?? '';
    return this.pieces.toSorted((one, other) => time(one).localeCompare(time(other))).flat();
  }

  /** As it was first written: what is put over it later is a problem, and not what was recorded. */
  private content(key: string): string | undefined {
    return this.objects.get(key)?.versions[0]?.content;
  }

  private manifest({ key }: Pick<Reference, 'key'>): Manifest | undefined {
    const content = this.content(key);
    return content === undefined ? undefined : parsed(manifestSchema, content);
  }

  private record(named: Reference, by: string): ChainedRecord[] {
    this.seen.add(named.key);
    const record = this.named(named, by) ? parsed(recordSchema, this.content(named.key) ?? '') : undefined;
    return record ? [{ key: named.key, record }] : [];
  }

  /** Whether an object is what it was when it was named. */
  private named({ key, sha256 }: Reference, by?: string): boolean {
    const content = this.content(key);
    if (content === undefined) {
      this.wrong(key, `missing: ${by} names it`);
      return false;
    }
    const hash = hashOf(content);
    if (!hash) this.wrong(key, 'changed: its content is not what was hashed');
    else if (hash !== sha256) this.wrong(key, `changed: its hash is ${hash}, and ${by} names ${sha256}`);
    return hash === sha256;
  }

  private versions({ key, versions }: KeptObject): void {
    if (key === NEWEST_MANIFEST || versions.length < 2) return;
    const [, ...later] = versions;
    for (const { id, at, content } of later)
      this.wrong(key, `${content === undefined ? 'deleted' : 'written over'} on ${at}: version ${id}`);
  }

  private longestPieceLeft(): Reference | undefined {
    if (!this.gap) return undefined;
    const left = this.allManifests().filter(({ key }) => !this.seen.has(key) && !this.isFormerAttempt(key));
    const length = (head: ChainedManifest): number => {
      const piece = new Set<ChainedManifest>();
      let next: ChainedManifest | undefined = head;
      for (; next && !piece.has(next); next = left.find(({ key }) => key === next?.former?.key)) piece.add(next);
      return piece.size;
    };
    return left.toSorted((one, other) => length(other) - length(one))[0];
  }

  private allManifests(): ChainedManifest[] {
    return [...this.objects.keys()].flatMap((key) => {
      const manifest = /\/manifest(-\d+)?\.json$/.test(key) ? this.manifest({ key }) : undefined;
      return manifest ? [{ ...manifest, key }] : [];
    });
  }

  /** A manifest whose place in the chain another run took first: the next attempt names the same records. */
  private isFormerAttempt(key: string): boolean {
    const records = JSON.stringify(this.manifest({ key })?.records);
    const folder = key.slice(0, key.lastIndexOf('/') + 1);
    return this.manifests.some((one) => one.key.startsWith(folder) && JSON.stringify(one.records) === records);
  }

  private unchained(): string[] {
    return [...this.objects.keys()].filter((key) => !this.seen.has(key) && !this.isFormerAttempt(key)).sort();
  }

  private hidden(key: string, problem: string): void {
    this.gap = true;
    this.wrong(key, problem);
  }

  private wrong(key: string, problem: string): void {
    this.problems.push({ key, problem });
  }
}

function parsed<T>(schema: z.ZodType<T>, content: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}

function hashOf(content: string): string | undefined {
  try {
    return intactHash(content);
  } catch {
    return undefined;
  }
}
