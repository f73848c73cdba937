/** How a status is shown, in colour and in words. */
export type Tone = 'good' | 'bad' | 'warn' | 'note' | 'plain';

/** A piece of text. `record` is the key of the evidence that says so. */
export type Inline =
  | string
  | { readonly badge: string; readonly tone: Tone }
  | { readonly link: string; readonly text: string }
  | { readonly code: string }
  | { readonly record: string };

export type Text = Inline | readonly Inline[];

export interface Table {
  readonly kind: 'table';
  readonly caption: string;
  readonly heads: readonly string[];
  /** The first cell of each row names it. */
  readonly rows: readonly (readonly Text[])[];
  /** Columns of numbers, counted from 0. */
  readonly numbers?: readonly number[];
  /** Of each column the share of the width, in percent. @default - as the content needs */
  readonly widths?: readonly number[];
  /** Of each row the name by which links lead to it. */
  readonly anchors?: readonly string[];
}

export type Block =
  | Table
  | { readonly kind: 'paragraph'; readonly text: Text }
  | { readonly kind: 'list'; readonly items: readonly Text[] }
  | { readonly kind: 'facts'; readonly items: readonly (readonly [name: string, value: Text])[] }
  | { readonly kind: 'heading'; readonly text: string }
  /** What nobody recorded, said as such. */
  | { readonly kind: 'missing'; readonly text: Text }
  /** Text to be copied. */
  | { readonly kind: 'letter'; readonly text: string }
  | { readonly kind: 'pictures'; readonly pictures: readonly Drawn[] };

/** A picture, and the same in words. */
export interface Drawn {
  readonly caption: string;
  readonly description: string;
  readonly svg: string;
}

export interface Section {
  /** Anchor, and the same in every document. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface LaunchDocument {
  readonly title: string;
  readonly subtitle: string;
  readonly facts: readonly (readonly [name: string, value: Text])[];
  readonly sections: readonly Section[];
  /** Keys of the records that it names: the first is R1. */
  readonly records: readonly string[];
}

export const paragraph = (...text: Inline[]): Block => ({ kind: 'paragraph', text });
export const list = (items: readonly Text[]): Block => ({ kind: 'list', items });
export const heading = (text: string): Block => ({ kind: 'heading', text });
export const badge = (text: string, tone: Tone): Inline => ({ badge: text, tone });

/** Text in which backticks mark what is typed. */
export function withCode(text: string): Inline[] {
  return text
    .split('`')
    .flatMap((part, index): Inline[] => (part === '' ? [] : index % 2 === 1 ? [{ code: part }] : [part]));
}

/** What is not there; backticks mark the command that would bring it. */
export const missing = (text: string): Block => ({ kind: 'missing', text: withCode(text) });

/** A section of which only what stands in it is still open. */
export const sectionOf =
  (id: string, title: string) =>
  (...blocks: Block[]): Section => ({ id, title, blocks });

const TONES: Readonly<Record<string, Tone>> = {
  pass: 'good',
  go: 'good',
  fail: 'bad',
  'no-go': 'bad',
  'no-data': 'warn',
  attested: 'note',
};

/** A verdict of a check. */
export const verdictBadge = (verdict: string): Inline => badge(verdict, TONES[verdict] ?? 'plain');

/** A table, or what is said instead where it would be empty. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly Text[])[],
  { empty, ...more }: { readonly empty: string } & Pick<Table, 'numbers' | 'anchors' | 'widths'>,
): Block {
  return rows.length > 0 ? { kind: 'table', caption, heads, rows, ...more } : missing(empty);
}

/** `2026-12-01 09:05 UTC`. */
export function moment(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}

/** Who gave a command: of a role's session its name, and the role beside it. */
export function person(by: string): string {
  const [, role, name] = /:assumed-role\/([^/]+)\/(.+)$/.exec(by) ?? [];
  return role && name ? `${name} (${role})` : by;
}

/** Text of the timeline for readers: who and when as everywhere in the document. */
export function words(text: string): string {
  return text
    .replace(/arn:aws[\w-]*:sts::\d+:assumed-role\/[^\s/]+\/[\w+=,.@-]+/g, (arn) => person(arn))
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z/g, (time) => moment(time));
}
