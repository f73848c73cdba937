import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACT_CODES } from '../../lambda/payca/api';
import type { Problem } from '../config/problems';
import { SMS_LENGTHS } from '../config/support';
import { REPOSITORY } from '../config/truststore';

/** What tier-1 does about one of PayCA's error codes. */
export interface CodeAdvice {
  /** `ErrNotFound`, or `Without a code`. */
  readonly code: string;
  readonly meaning: string;
  readonly saw: string;
  readonly say: string;
  readonly do: string;
  readonly passOn: string;
}

/** A message to customers in its three lengths, with placeholders. */
export interface CustomerMessage {
  readonly subject: string;
  readonly short: string;
  readonly medium: string;
  readonly status: string;
}

/** The texts that people keep in `docs/support`. */
export interface SupportPages {
  readonly codes: readonly CodeAdvice[];
  readonly messages: readonly CustomerMessage[];
}

const CODES_PAGE = 'docs/support/error-codes.md';
const MESSAGES_PAGE = 'docs/support/messages.md';
const WITHOUT_CODE = 'Without a code';
/** About events, and so about config: no advice of the page's own. */
const NO_ADVICE = 'Declined cards';
const SUBJECTS = [
  'Card declined',
  'Downtime',
  'One-time code not arriving',
  'Refund pending',
  'Lost or stolen card',
] as const;

const ADVICE = { 'Customer saw': 'saw', Say: 'say', Do: 'do', 'Pass on': 'passOn' } as const;
/** One SMS; a status page's banner; what is still read on a telephone. */
const LENGTHS = {
  Short: { key: 'short', max: 160 },
  Medium: { key: 'medium', max: 700 },
  'Status page': { key: 'status', max: 300 },
} as const;
/** What the agent fills in, and how long it may be: `09:10 CET, 1 Dec`. */
const BY_AGENT = { cardEnding: 4, since: 16, nextUpdate: 16 } as const;
const PLACEHOLDER_LENGTHS: Readonly<Record<string, number>> = { ...SMS_LENGTHS, ...BY_AGENT };
const PLACEHOLDER = /\{\{(\w+)\}\}/g;
/** 3GPP TS 23.038, 6.2.1: anything else makes an SMS of 70 characters, or counts twice. */
const SMS = /^[\n\r\w @£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ!"#¤%&'()*+,\-./:;<=>?¡ÄÖÑÜ§¿äöñüà]*$/;

/** Reads the pages; every problem is told, not only the first. */
export function readSupportPages(read = (page: string) => readFileSync(join(REPOSITORY, page), 'utf8')): {
  readonly pages: SupportPages;
  readonly problems: readonly Problem[];
} {
  const codes = sections(read(CODES_PAGE), '##').filter(({ heading }) => heading !== NO_ADVICE);
  const messages = sections(read(MESSAGES_PAGE), '##');
  const advice = codes.map(adviceOf);
  const texts = messages.map(messageOf);
  return {
    pages: { codes: advice, messages: texts },
    problems: [
      ...headingProblems(CODES_PAGE, codes, [...CONTRACT_CODES, WITHOUT_CODE]),
      ...headingProblems(MESSAGES_PAGE, messages, SUBJECTS),
      ...advice.flatMap(({ code, ...parts }) =>
        Object.entries(parts).flatMap(([part, text]) =>
          text === '' ? [problem(CODES_PAGE, `${code}, ${part}`, 'must be there', 'nothing')] : [],
        ),
      ),
      ...texts.flatMap(messageProblems),
    ],
  };
}

/** The text with what is known in the place of its placeholders; the others stay. */
export function fillIn(text: string, values: Readonly<Record<string, string | undefined>>): string {
  return text.replace(PLACEHOLDER, (placeholder, name: string) => values[name] ?? placeholder);
}

interface PageSection {
  readonly heading: string;
  readonly body: string;
}

/** What stands under each heading of a level. */
function sections(text: string, level: '##' | '###'): PageSection[] {
  const [, ...parts] = text.split(new RegExp(`^${level} `, 'm'));
  return parts.map((part) => {
    const [heading = '', ...body] = part.split('\n');
    return { heading: heading.trim(), body: body.join('\n') };
  });
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

function adviceOf({ heading: code, body }: PageSection): CodeAdvice {
  const [meaning = '', ...items] = body.split(/^- /m);
  const parts = { saw: '', say: '', do: '', passOn: '' };
  for (const item of items) {
    const [, label = '', text = ''] = /^([^:]+): (.*)$/s.exec(item) ?? [];
    if (label in ADVICE) parts[ADVICE[label as keyof typeof ADVICE]] = oneLine(text);
  }
  return { code, meaning: oneLine(meaning), ...parts };
}

function messageOf({ heading: subject, body }: PageSection): CustomerMessage {
  const texts = { short: '', medium: '', status: '' };
  for (const { heading, body: text } of sections(body, '###'))
    if (heading in LENGTHS) texts[LENGTHS[heading as keyof typeof LENGTHS].key] = oneLine(text);
  return { subject, ...texts };
}

function headingProblems(page: string, found: readonly PageSection[], wanted: readonly string[]): Problem[] {
  const headings = found.map(({ heading }) => heading);
  const place = (heading: string) => `## ${heading}`;
  return [
    ...wanted
      .filter((heading) => headings.filter((one) => one === heading).length !== 1)
      .map((heading) => problem(page, place(heading), 'must be there once', `${count(headings, heading)} times`)),
    ...headings
      .filter((heading) => !wanted.includes(heading))
      .map((heading) => problem(page, place(heading), `must be one of ${wanted.join(', ')}`, heading)),
  ];
}

const count = (all: readonly string[], one: string) => all.filter((other) => other === one).length;

function messageProblems(message: CustomerMessage): Problem[] {
  return Object.entries(LENGTHS).flatMap(([heading, { key, max }]) => {
    const text = message[key];
    const wrong = (must: string, found: string) =>
      problem(MESSAGES_PAGE, `${message.subject}, ${heading}`, must, found);
    const names = [...text.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
    const unknown = names.filter((name) => !(name in PLACEHOLDER_LENGTHS));
    const filled = fillIn(text, longest);
    return [
      ...(text === '' ? [wrong('must be there', 'nothing')] : []),
      ...unknown.map((name) =>
        wrong(`must have no other placeholders than ${Object.keys(PLACEHOLDER_LENGTHS).join(', ')}`, name),
      ),
      ...(/[{}]/.test(filled) && unknown.length === 0
        ? [wrong('must write placeholders as {{name}}', 'another brace')]
        : []),
      ...(filled.length > max
        ? [wrong(`must have at most ${max} characters with the longest names`, String(filled.length))]
        : []),
      ...(key === 'short' && !SMS.test(filled) ? [wrong('must have characters of an SMS only', 'another one')] : []),
    ];
  });
}

/** Each placeholder at its longest. */
const longest = Object.fromEntries(
  Object.entries(PLACEHOLDER_LENGTHS).map(([name, length]) => [name, 'x'.repeat(length)]),
);

function problem(stage: string, path: string, must: string, found: string): Problem {
  return { stage, path, must, found };
}
