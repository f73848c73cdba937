import type { Zone } from './period';

const CHUNK_BYTES = 64 * 1024;
/** Eight numbers of at most five bytes, and the time. */
const MOST_HEAD_BYTES = 8 * 5 + 8;
const WIDE = /[\u0100-\uffff]/;

/** One line of a side; what it does not have is empty. */
export interface Row {
  readonly record: 'here' | 'there' | 'step' | 'smoke';
  readonly reference: string;
  readonly word: string;
  readonly currency: string;
  readonly amount: string;
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly zone: Zone;
  readonly place: string;
}

interface Bucket {
  readonly full: Buffer[];
  chunk: Buffer;
  used: number;
}

/**
 * Rows by their reference, so that all rows of one can be looked at together without the whole of them being objects at
 * once: a row takes little more than the characters that are its own, outside the heap. Any text comes back as it was.
 */
export class Buckets {
  private readonly buckets: readonly Bucket[];
  private readonly shared = new SharedTexts();

  constructor(count: number) {
    this.buckets = Array.from({ length: count }, () => ({ full: [], chunk: Buffer.alloc(0), used: 0 }));
  }

  add({ record, reference, word, currency, amount, at, zone, place }: Row): void {
    const bucket = this.buckets[hash(reference) % this.buckets.length] as Bucket;
    const own = beginOfOwn(place);
    const text = reference + amount + place.slice(own);
    const isWide = WIDE.test(text);
    const most = MOST_HEAD_BYTES + (isWide ? 2 : 1) * text.length;
    if (bucket.chunk.length - bucket.used < most) turnOver(bucket, Math.max(most, CHUNK_BYTES));
    const { chunk } = bucket;
    let end = putNumber(chunk, bucket.used, 2 * this.shared.number(record) + (isWide ? 1 : 0));
    end = putNumber(chunk, end, this.shared.number(zone));
    end = putNumber(chunk, end, this.shared.number(word));
    end = putNumber(chunk, end, this.shared.number(currency));
    end = putNumber(chunk, end, this.shared.number(place.slice(0, own)));
    end = putNumber(chunk, end, reference.length);
    end = putNumber(chunk, end, amount.length);
    end = putNumber(chunk, end, place.length - own);
    end = chunk.writeDoubleLE(at, end);
    bucket.used = end + chunk.write(text, end, isWide ? 'utf16le' : 'latin1');
  }

  /** Gives the rows bucket by bucket, and forgets them. */
  *drain(): Generator<Iterable<Row>> {
    for (const bucket of this.buckets) {
      turnOver(bucket, 0);
      yield this.rows(bucket.full.splice(0));
    }
  }

  private *rows(chunks: readonly Buffer[]): Generator<Row> {
    for (const chunk of chunks) {
      const reader = new Reader(chunk);
      while (!reader.isAtEnd()) yield this.row(reader);
    }
  }

  private row(reader: Reader): Row {
    const first = reader.number();
    const record = this.shared.text(first >>> 1) as Row['record'];
    const zone = this.shared.text(reader.number()) as Zone;
    const word = this.shared.text(reader.number());
    const currency = this.shared.text(reader.number());
    const common = this.shared.text(reader.number());
    const ofAmount = reader.number();
    const ofPlace = ofAmount + reader.number();
    const length = ofPlace + reader.number();
    const at = reader.double();
    const text = reader.text(length, first % 2 === 1 ? 'utf16le' : 'latin1');
    const [reference, amount] = [text.slice(0, ofAmount), text.slice(ofAmount, ofPlace)];
    return { record, reference, word, currency, amount, at, zone, place: common + text.slice(ofPlace) };
  }
}

/** Texts that many rows have in common, each kept once under a number. */
class SharedTexts {
  private readonly texts: string[] = [];
  private readonly numbers = new Map<string, number>();

  number(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    this.numbers.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }

  text(number: number): string {
    return this.texts[number] as string;
  }
}

/** Reads what `Buckets.add` wrote. */
class Reader {
  private position = 0;

  constructor(private readonly chunk: Buffer) {}

  isAtEnd(): boolean {
    return this.position === this.chunk.length;
  }

  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.chunk[this.position] as number;
      this.position += 1;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  double(): number {
    this.position += 8;
    return this.chunk.readDoubleLE(this.position - 8);
  }

  text(length: number, encoding: 'utf16le' | 'latin1'): string {
    const start = this.position;
    this.position += encoding === 'utf16le' ? 2 * length : length;
    return this.chunk.toString(encoding, start, this.position);
  }
}

/** Seven bits a byte, the lowest first (LEB128); gives where it ends. */
function putNumber(chunk: Buffer, start: number, value: number): number {
  let [end, rest] = [start, value];
  for (; rest > 0x7f; rest >>>= 7) {
    chunk[end] = (rest & 0x7f) | 0x80;
    end += 1;
  }
  chunk[end] = rest;
  return end + 1;
}

/** Many places have all in common up to their last `#` or blank: `line `, and the event's name in a key of the inbox. */
function beginOfOwn(place: string): number {
  return Math.max(place.lastIndexOf('#'), place.lastIndexOf(' ')) + 1;
}

/** Begins another chunk, with so many bytes. */
function turnOver(bucket: Bucket, bytes: number): void {
  if (bucket.used > 0) bucket.full.push(bucket.chunk.subarray(0, bucket.used));
  bucket.chunk = Buffer.allocUnsafeSlow(bytes);
  bucket.used = 0;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
