import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Context, EventBridgeEvent } from 'aws-lambda';
import * as z from 'zod';
import { EvidenceStore, functionRun } from '../payca/evidence-store';
import { InboxReader } from '../payca/inbox-reader';
import { log } from '../payca/log';
import { Progress } from '../payca/progress';
import { isOfSmoke, type SmokeLabels, smokeIds } from '../payca/smoke-ids';
import { variable } from '../payca/variables';
import { OWNER_ATTRIBUTE } from '../run-timeline/message';
import { OWNERS } from '../run-timeline/steps';
import type { LastLook } from '../watch-payca/balances';
import { countHour, type Figures, HOURS, type Hour, type Surroundings } from './figures';
import { lastHours, openedAt, type Reported, type Reporter, report } from './report';

const HOUR_MS = 60 * 60 * 1000;
/** PayCA is looked at every five minutes: three looks that failed are one too many. */
const BALANCE_AGE_MS = 20 * 60 * 1000;
/** The sweep takes what is ten minutes old, every five. */
const LATE_MS = 20 * 60 * 1000;

const inbox = new InboxReader(variable('INBOX_TABLE'), variable('AWS_REGION'));
const store = new EvidenceStore(variable('EVIDENCE_BUCKET'));
const sns = new SNSClient();
const launches = new Progress('run-timeline');
const watched = new Progress('watch-payca');
const own = new Progress('report-figures');

const requestSchema = z.strictObject({ hours: z.int().min(1).max(HOURS) });
type FiguresEvent = EventBridgeEvent<'Scheduled Event', unknown> | z.infer<typeof requestSchema>;

/** On its schedule it tells and records the hours of a launch that are due; asked by `{ hours }`, it answers with the last ones. */
export async function handler(event: FiguresEvent, context: Context): Promise<Figures[] | undefined> {
  log.resetKeys();
  log.appendKeys({ functionRequestId: context.awsRequestId });
  if (!('detail-type' in event)) return lastHours(reporter(), requestSchema.parse(event).hours, new Date());
  const opened = openedAt(await launches.recall('launch'));
  if (!opened) return undefined;
  const known = (await own.recall('reported')) as Reported | undefined;
  const former = known?.opened === opened ? known : { opened };
  await report(reporter(), { former, remember: (reported) => own.remember('reported', reported) }, new Date());
}

function reporter(): Reporter {
  let around: Promise<Surroundings> | undefined;
  return {
    stage: variable('STAGE'),
    expectation: JSON.parse(variable('FIGURES_EXPECTED')),
    count: counter(),
    surroundings: () => {
      around ??= surroundings();
      return around;
    },
    record: async (finding) => {
      const { key } = await store.write(functionRun('report-figures', new Date()), [finding]);
      log.info('hour recorded', { manifest: key, verdict: finding.verdict });
    },
    tell: async ({ subject, text }) => {
      await sns.send(
        new PublishCommand({
          TopicArn: variable('OWNERS_TOPIC'),
          Subject: subject,
          Message: text,
          MessageAttributes: { [OWNER_ATTRIBUTE]: { DataType: 'String.Array', StringValue: JSON.stringify(OWNERS) } },
        }),
      );
    },
  };
}

/** Counts an hour once: it is the hour before of the next one too. */
function counter(): Reporter['count'] {
  const counted = new Map<string, Promise<Hour>>();
  let labels: Promise<SmokeLabels> | undefined;
  const count = async (from: string): Promise<Hour> => {
    labels ??= smokeIds();
    const smoke = await labels;
    const start = new Date(from);
    const received = inbox.received(start, new Date(start.getTime() + HOUR_MS));
    return countHour(from, received, (entry) => isOfSmoke(entry, smoke));
  };
  return (from) => {
    const hour = counted.get(from) ?? count(from);
    counted.set(from, hour);
    return hour;
  };
}

async function surroundings(): Promise<Surroundings> {
  const now = Date.now();
  const [look, setAside, undispatched] = await Promise.all([
    watched.recall('balances') as Promise<LastLook | undefined>,
    inbox.setAside(),
    inbox.undispatched(),
  ]);
  const late = undispatched.filter(({ receivedAt = '' }) => now - Date.parse(receivedAt) > LATE_MS);
  const fresh = look && now - Date.parse(look.at) < BALANCE_AGE_MS;
  return { balances: fresh ? look.balances : undefined, setAside: setAside.length, late: late.length };
}
