const CHUNK_BYTES = 64 * 1024;
/** Numbers of 4 bytes: shape, width of a character, lengths of the three texts in characters; then the time, 8 bytes. */
const HEAD_BYTES = 28;
const WIDE = /[\u0100-\uffff]/;
const ENCODINGS = { 1: 'latin1', 2: 'utf16le' } as const;

/** One line of a side. */
export interface Row {
  /** Stands for all that many rows have in common. */
  readonly shape: number;
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly reference: string;
  readonly amount: string;
  readonly place: string;
}

interface Bucket {
  readonly full: Buffer[];
  chunk: Buffer;
  used: number;
}

/**
 * Rows by their reference, so that all rows of one can be looked at together without the whole of them being objects at
 * once: a row takes hardly more than its own characters, outside the heap. Any text comes back as it was.
 */
export class Buckets {
  private readonly buckets: readonly Bucket[];

  constructor(count: number) {
    this.buckets = Array.from({ length: count }, () => ({ full: [], chunk: Buffer.alloc(0), used: 0 }));
  }

  add({ shape, at, reference, amount, place }: Row): void {
    const bucket = this.buckets[hash(reference) % this.buckets.length] as Bucket;
    const text = reference + amount + place;
    const width = WIDE.test(text) ? 2 : 1;
    const size = HEAD_BYTES + width * text.length;
    if (bucket.chunk.length - bucket.used < size) turnOver(bucket, Math.max(size, CHUNK_BYTES));
    const { chunk, used } = bucket;
    chunk.writeUInt32LE(shape, used);
    chunk.writeUInt32LE(width, used + 4);
    chunk.writeUInt32LE(reference.length, used + 8);
    chunk.writeUInt32LE(amount.length, used + 12);
    chunk.writeUInt32LE(place.length, used + 16);
    chunk.writeDoubleLE(at, used + 20);
    chunk.write(text, used + HEAD_BYTES, ENCODINGS[width]);
    bucket.used += size;
  }

  /** Gives the rows bucket by bucket, and forgets them. */
  *drain(): Generator<Row[]> {
    for (const bucket of this.buckets) {
      turnOver(bucket, 0);
      yield bucket.full.splice(0).flatMap(rowsOf);
    }
  }
}

/** Begins another chunk, with so many bytes. */
function turnOver(bucket: Bucket, bytes: number): void {
  if (bucket.used > 0) bucket.full.push(bucket.chunk.subarray(0, bucket.used));
  bucket.chunk = Buffer.allocUnsafeSlow(bytes);
  bucket.used = 0;
}

function rowsOf(chunk: Buffer): Row[] {
  const rows: Row[] = [];
  for (let start = 0; start < chunk.length; ) {
    const width = chunk.readUInt32LE(start + 4) as keyof typeof ENCODINGS;
    const amount = chunk.readUInt32LE(start + 8);
    const place = amount + chunk.readUInt32LE(start + 12);
    const length = place + chunk.readUInt32LE(start + 16);
    const end = start + HEAD_BYTES + width * length;
    const text = chunk.toString(ENCODINGS[width], start + HEAD_BYTES, end);
    rows.push({
      shape: chunk.readUInt32LE(start),
      at: chunk.readDoubleLE(start + 20),
      reference: text.slice(0, amount),
      amount: text.slice(amount, place),
      place: text.slice(place),
    });
    start = end;
  }
  return rows;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
