import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { describe, type Problem, writePath } from '../config/problems';
import { RUNBOOK, type RunbookLine } from './lines';

/** What a person attests: that a line of the runbook is true. */
export interface SignOff {
  readonly line: string;
  /** The commit that brought it, `commit 1a2b...`: who reviewed that (`.github/CODEOWNERS`) signs, whatever a text says. */
  readonly by: string;
  /** When, ISO 8601 in UTC. */
  readonly at: string;
  /** Where the proof is kept: a ticket, a document. */
  readonly link: string;
  /** Of the support pack that people were trained on; line 6.1 has one, the others need none. */
  readonly version?: string;
}

/** The line that is true of one version of the support pack only. */
export const TRAINING = '6.1';

export interface SignOffs {
  /** The runbook's lines and then the team's own. */
  readonly lines: readonly RunbookLine[];
  /** Those that a reviewed commit has brought; the others count for nothing. */
  readonly signOffs: readonly SignOff[];
  /** Indexes of the others. */
  readonly uncommitted: readonly number[];
}

/** The reviewed commit that brought lines `from` to `to` of the file, counted from 1; `undefined` when none has. */
export type CommitOf = (from: number, to: number) => string | undefined;

export const SIGN_OFFS_PLACE = 'config/sign-offs.yaml';

const words = z
  .string({ error: 'must be a text of 1 to 200 characters' })
  .trim()
  .min(1, 'must be a text of 1 to 200 characters')
  .max(200, 'must be a text of 1 to 200 characters');
const httpsLink = z.url({ protocol: /^https$/, error: 'must be a link beginning with https://' });
const moment = z.iso.datetime({ error: 'must be a time in UTC, quoted: "2026-12-01T09:30:00Z"' });
const ATTESTED = RUNBOOK.filter(({ kind }) => kind === 'attested').map(({ id }) => id);

const OWN_ID = "must be a line of the team's own: X.1, X.2 and so on";
const ownLine = z.strictObject(
  {
    id: z.string({ error: OWN_ID }).regex(/^X\.[1-9]\d*$/, OWN_ID),
    text: words,
    owner: words,
    deputy: words,
    /** Whether a go waits for it. */
    decides: z.boolean({ error: 'must be true or false' }).optional(),
  },
  { error: 'must be a line with id, text, owner, deputy, and decides where a go waits for it' },
);
const VERSION = 'must be the version of the support pack, quoted: 12 digits or letters from a to f';
const signOff = z.strictObject(
  {
    line: z.string({ error: 'must be the id of a line, quoted: "6.1"' }),
    at: moment,
    link: httpsLink,
    version: z
      .string({ error: VERSION })
      .regex(/^[0-9a-f]{12}$/, VERSION)
      .optional(),
  },
  { error: 'must be a sign-off with line, at and link' },
);
const schema = z.strictObject(
  {
    lines: z.array(ownLine, { error: 'must be a list of lines with id, text, owner and deputy' }).default([]),
    signOffs: z.array(signOff, { error: 'must be a list of sign-offs with line, at and link' }).default([]),
  },
  { error: 'must have lines and signOffs' },
);

/** Reads the text of `config/sign-offs.yaml`; every problem is told, not only the first. */
export function readSignOffs(
  text: string,
  commitOf: CommitOf = () => undefined,
): { signOffs: SignOffs | undefined; problems: Problem[] } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: true, lineCounter });
  if (document.errors.length > 0) {
    const found = document.errors.map(({ message }) => message.split('\n')[0]).join('; ');
    return { signOffs: undefined, problems: [problem('', 'must be YAML', found)] };
  }
  const content: unknown = document.toJS() ?? {};
  const parsed = schema.safeParse(content, { reportInput: true });
  const shape = parsed.error?.issues ?? [];
  const problems = [
    ...shape.map((issue) => problem(writePath(issue.path), mustOf(issue), describe(issue.input))),
    ...acrossEntries(content),
  ];
  if (!parsed.success || problems.length > 0) return { signOffs: undefined, problems };
  const own = parsed.data.lines.map((line) => ({ ...line, kind: 'attested', evidence: 'sign-off' }) as RunbookLine);
  const entries = parsed.data.signOffs.map((entry, index) => {
    const commit = commitOf(...placeOf(document, lineCounter, index));
    return commit === undefined ? undefined : { ...entry, by: `commit ${commit.slice(0, 12)}` };
  });
  return {
    signOffs: {
      lines: [...RUNBOOK, ...own],
      signOffs: entries.filter((entry) => entry !== undefined),
      uncommitted: entries.flatMap((entry, index) => (entry === undefined ? [index] : [])),
    },
    problems,
  };
}

/** First and last line of an entry. */
function placeOf(document: Document, lineCounter: LineCounter, index: number): [from: number, to: number] {
  const entry = document.getIn(['signOffs', index], true);
  const [start, end] = (isNode(entry) && entry.range) || [0, 0];
  return [lineCounter.linePos(start).line, lineCounter.linePos(Math.max(start, end - 1)).line];
}

/** What entries say about each other, judged as far as their ids can be read. */
function acrossEntries(content: unknown): Problem[] {
  const own = ids(content, 'lines', 'id');
  const signed = ids(content, 'signOffs', 'line');
  const versions = entriesOf(content, 'signOffs').map(
    (entry) => z.object({ version: z.unknown() }).safeParse(entry).data?.version,
  );
  const allowed = [...ATTESTED, ...own.flatMap((id) => id ?? [])];
  const repeated = (id: string | undefined, index: number, all: typeof own) => id && all.indexOf(id) < index;
  return [
    ...own.flatMap((id, index) =>
      repeated(id, index, own) ? [problem(`lines[${index}].id`, 'must be there once', describe(id))] : [],
    ),
    ...signed.flatMap((line, index) => {
      const place = `signOffs[${index}].line`;
      const attested = line === undefined || allowed.includes(line);
      return [
        ...(attested
          ? []
          : [problem(place, `must be a line that people attest: ${allowed.join(', ')}`, describe(line))]),
        ...(repeated(line, index, signed) ? [problem(place, 'must be signed off once', describe(line))] : []),
        ...(line === TRAINING && versions[index] === undefined
          ? [problem(`signOffs[${index}].version`, `${VERSION}, as golive support-pack tells it`, 'nothing')]
          : []),
      ];
    }),
  ];
}

/** The ids of a list's entries; nothing for an entry that has none. */
function ids(content: unknown, list: 'lines' | 'signOffs', key: string): (string | undefined)[] {
  return entriesOf(content, list).map((entry) => z.object({ [key]: z.string() }).safeParse(entry).data?.[key]);
}

function entriesOf(content: unknown, list: 'lines' | 'signOffs'): readonly unknown[] {
  return z.object({ [list]: z.array(z.unknown()) }).safeParse(content).data?.[list] ?? [];
}

/** In words, when people were trained on another version of the support pack than the present one. */
export function outdated({ line, version }: SignOff, present: string | undefined): string | undefined {
  if (line !== TRAINING || version === present) return undefined;
  return `signed off for version ${version} of the support pack, which is ${present ?? 'not known'} now: train what is new`;
}

function mustOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return issue.message;
  const why = issue.keys.includes('by') ? ': the reviewed commit that brings the entry says who signs' : '';
  return `must not have ${issue.keys.join(', ')}${why}`;
}

function problem(path: string, must: string, found: string): Problem {
  return { stage: SIGN_OFFS_PLACE, path, must, found };
}
