import { createHash } from 'node:crypto';
import { type ExampleValue, exampleValues } from '../config/example';
import { ConfigError } from '../config/problems';
import type { StageConfig } from '../config/schema';
import { SMS_LENGTHS } from '../config/support';
import { type CodeAdvice, type CustomerMessage, fillIn, readSupportPages, type SupportPages } from './pages';

/** What support needs to know of a stage: the pages of `docs/support`, filled in from its config. */
export interface SupportPack {
  readonly config: StageConfig;
  /** Hash of what agents are trained on, 12 hex digits: other contents, another version. */
  readonly version: string;
  readonly codes: readonly CodeAdvice[];
  readonly declineReasons: StageConfig['support']['declineReasons'];
  /** A placeholder that config does not supply stays. */
  readonly messages: readonly CustomerMessage[];
  /** What is still to be supplied in the config: absent, or still an example. */
  readonly missing: readonly Pick<ExampleValue, 'path' | 'edit'>[];
}

/** Parts of the config that the pack shows. */
const SHOWN = ['support.', 'monitoring.contacts.', 'escalation.', 'launch.owners.'];
const NAMES = Object.keys(SMS_LENGTHS) as (keyof typeof SMS_LENGTHS)[];

/** The pack of a stage. Throws `ConfigError` with every problem of the pages. */
export function supportPack(config: StageConfig, pages: SupportPages = checkedPages()): SupportPack {
  const { support, monitoring } = config;
  const { declineReasons, ...names } = support;
  const messages = pages.messages.map(({ subject, ...texts }) => ({
    subject,
    short: fillIn(texts.short, names),
    medium: fillIn(texts.medium, names),
    status: fillIn(texts.status, names),
  }));
  const { codes } = pages;
  const learned = { codes, declineReasons, messages, contacts: monitoring.contacts };
  return {
    config,
    version: createHash('sha256').update(JSON.stringify(learned)).digest('hex').slice(0, 12),
    codes,
    declineReasons,
    messages,
    missing: missingIn(config),
  };
}

/** The version of the pack as the pages and the config are now. */
export function supportVersion(config: StageConfig): string {
  return supportPack(config).version;
}

function checkedPages(): SupportPages {
  const { pages, problems } = readSupportPages();
  if (problems.length > 0) throw new ConfigError(problems);
  return pages;
}

function missingIn(config: StageConfig): SupportPack['missing'] {
  const absent = NAMES.filter((name) => config.support[name] === undefined).map((name) => ({
    path: `support.${name}`,
    edit: 'how your customers know you and reach you',
  }));
  const reasons =
    config.support.declineReasons.length > 0
      ? []
      : [
          {
            path: 'support.declineReasons',
            edit: "the reasons for declines, as PayCA's account manager hands them over",
          },
        ];
  const examples = exampleValues(config).filter(({ path }) => SHOWN.some((start) => path.startsWith(start)));
  return [...absent, ...reasons, ...examples.map(({ path, edit }) => ({ path, edit }))];
}
