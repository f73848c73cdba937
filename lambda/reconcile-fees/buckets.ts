import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';

const CHUNK_BYTES = 64 * 1024;
/** References are random, so there is little to find beside what their digits take. */
const FAST = { level: constants.Z_BEST_SPEED, strategy: constants.Z_HUFFMAN_ONLY };
/** A UTF-16 unit takes three bytes of UTF-8 at most. */
const BYTES_OF_A_UNIT = 3;

interface Bucket {
  readonly full: Buffer[];
  chunk: Buffer;
  used: number;
}

/**
 * Rows of text by a key, so that all rows of one key can be looked at together without the whole of them being objects at
 * once: a row takes less than its own bytes, outside the heap. Rows are JSON and so hold no line break.
 */
export class Buckets {
  private readonly buckets: readonly Bucket[];

  constructor(count: number) {
    this.buckets = Array.from({ length: count }, () => ({ full: [], chunk: Buffer.alloc(0), used: 0 }));
  }

  add(key: string, row: string): void {
    const bucket = this.buckets[hash(key) % this.buckets.length] as Bucket;
    const most = BYTES_OF_A_UNIT * row.length + 1;
    if (bucket.chunk.length - bucket.used < most) turnOver(bucket, most);
    bucket.used += bucket.chunk.write(row, bucket.used);
    bucket.chunk[bucket.used] = 0x0a;
    bucket.used += 1;
  }

  /** Gives the rows bucket by bucket, and forgets them. */
  *drain(): Generator<string[]> {
    for (const bucket of this.buckets) {
      turnOver(bucket, 0);
      yield bucket.full.splice(0).flatMap((rows) => inflateRawSync(rows).toString().split('\n').slice(0, -1));
    }
  }
}

/** Begins another chunk, with room for so many bytes at least. */
function turnOver(bucket: Bucket, room: number): void {
  if (bucket.used > 0) bucket.full.push(deflateRawSync(bucket.chunk.subarray(0, bucket.used), FAST));
  bucket.chunk = Buffer.allocUnsafe(room === 0 ? 0 : Math.max(room, CHUNK_BYTES));
  bucket.used = 0;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
