import { type CalendarEvent, calendar } from './calendar';
import { MANUAL } from './commands';
import { dueAt, type Launch, type Question, type StepResult, type Switched } from './launch';
import { isBeforeWindow, OWNERS, type Owner, STEPS, type Step, type StepId, type TimelineStep } from './steps';

/** Attribute of a message by which each address hears of its own roles. */
export const OWNER_ATTRIBUTE = 'owner';

/** What roles are told. */
export interface Message {
  readonly owners: readonly Owner[];
  /** Of at most 100 ASCII characters, as SNS wants it. */
  readonly subject: string;
  readonly text: string;
}

/** Where messages come from and for whom times are given. */
export interface Setting {
  readonly programme: string;
  readonly stage: string;
  /** Of the IANA database. */
  readonly zone: string;
}

const ALL = OWNERS;
const LEAD = 'Programme lead';
const RETROSPECTIVE = { days: 6, minutes: 60 };

/** Tells everybody of a launch's steps when it is scheduled, moved or called off, each with the entries of the calendar. */
export function announcements(setting: Setting, launch: Launch, now: Date): Message[] {
  const off = launch.phase !== 'scheduled';
  const { what = '', by = '', reason } = launch.history.at(-1) ?? {};
  return OWNERS.flatMap((owner) => {
    const steps = STEPS.filter((step) => step.owner === owner);
    if (steps.length === 0) return [];
    const events = steps.map((step) => event(setting, launch, step, off));
    const lines = steps.map((step) => `${timeInBoth(dueAt(launch, step), setting.zone)}: ${step.text}`);
    const text = [
      `The launch of ${setting.programme} ${setting.stage} was ${what}${reason ? `: ${reason}` : ''}, by ${by}.`,
      ...(off ? [] : [`Steps of ${owner}:`, ...lines]),
    ];
    return [withCalendar({ owners: [owner], subject: subject(setting, `launch ${what}`), text }, events, now)];
  });
}

/** Tells the owner of a step ahead when it is due. */
export function notice(setting: Setting, launch: Launch, step: Step, now: Date): Message {
  const due = timeInBoth(dueAt(launch, step), setting.zone);
  const text = [`${due}: ${step.text}.`, `Runbook ${step.line}, owner: ${step.owner}.`];
  const about = { owners: [step.owner], subject: subject(setting, `${step.id} is due`), text };
  return withCalendar(about, [event(setting, launch, step)], now);
}

/** Tells what a step found; when it did not pass, what a person has to decide by when. */
export function outcome(
  setting: Setting,
  step: TimelineStep,
  { verdict, says }: Pick<StepResult, 'verdict' | 'says'>,
  question: Question | undefined,
): Message {
  const owners = step.id === 'open-window' || step.id === 'close-war-room' ? ALL : [...new Set([step.owner, LEAD])];
  const decide = question
    ? [
        `Somebody has to decide by ${timeInBoth(new Date(question.deadline), setting.zone)}:`,
        ...choices(setting, step.id),
      ]
    : [];
  return {
    owners: owners as readonly Owner[],
    subject: subject(setting, `${step.id}: ${verdict}`),
    text: [`Runbook ${step.line}, ${step.text}: ${verdict}.`, says, ...decide].join('\n'),
  };
}

/** Tells that nobody has answered, and what happens then. */
export function reminder(setting: Setting, launch: Launch, step: TimelineStep): Message {
  const waits = isBeforeWindow(step.id)
    ? 'Nothing goes on until then; a launch whose window does not open within 2 hours of T lapses.'
    : 'What comes after it goes on all the same.';
  return {
    owners: [...new Set([step.owner, LEAD])] as readonly Owner[],
    subject: subject(setting, `${step.id} still waits for an answer`),
    text: [
      `${step.id} ended with ${launch.steps[step.id]?.verdict}: ${launch.steps[step.id]?.says}`,
      waits,
      ...choices(setting, step.id),
    ].join('\n'),
  };
}

/** Tells everybody how a launch ended. */
export function ending(setting: Setting, launch: Launch, left: readonly Switched[]): Message {
  const { what = '', by = '', reason } = launch.history.at(-1) ?? {};
  const undone =
    left.length === 0 ? [] : [`NOT put back: ${left.map(({ kind, name }) => `${kind} ${name}`).join(', ')}.`];
  const manual =
    launch.phase === 'rolled back' ? ['By hand now:', ...MANUAL.map(([who, does]) => `- ${who}: ${does}`)] : [];
  return {
    owners: ALL,
    subject: subject(setting, `launch ${launch.phase}`),
    text: [
      `The launch of ${launch.at} is ${launch.phase}: ${what}${reason ? `: ${reason}` : ''}, by ${by}.`,
      ...undone,
      ...manual,
    ].join('\n'),
  };
}

/** When the retrospective is held. */
export function retrospectiveTime({ at }: Pick<Launch, 'at'>): Date {
  return new Date(Date.parse(at) + RETROSPECTIVE.days * 24 * 60 * 60_000);
}

/** The invitation to the retrospective, with what the evidence asks to be talked about. */
export function invitation(setting: Setting, launch: Launch, agenda: readonly string[], now: Date): Message {
  const start = retrospectiveTime(launch);
  const text = [
    `Retrospective of the launch: ${timeInBoth(start, setting.zone)}. Agenda:`,
    ...agenda.map((line) => `- ${line}`),
  ];
  const retrospective: CalendarEvent = {
    uid: uid(setting, 'retrospective-meeting'),
    sequence: launch.number,
    start,
    minutes: RETROSPECTIVE.minutes,
    summary: `Retrospective of the launch of ${setting.programme} ${setting.stage}`,
    description: agenda.join('\n'),
  };
  return withCalendar({ owners: ALL, subject: subject(setting, 'retrospective'), text }, [retrospective], now);
}

/** The entries of every step, for one file. */
export function calendarOf(setting: Setting, launch: Launch, now: Date): string {
  const off = launch.phase !== 'scheduled' && launch.phase !== 'on hold' && launch.phase !== 'over';
  return calendar(
    STEPS.map((step) => event(setting, launch, step, off)),
    now,
  );
}

/** What a person may do about a step that did not pass. */
function choices({ stage }: Setting, id: StepId): string[] {
  const command = (name: string, more = '') =>
    `  npm run golive -- launch ${name} --stage ${stage}${more} --reason '...'`;
  const back = isBeforeWindow(id) ? command('hold') : command('rollback');
  return [`${command('approve', ` --step ${id}`)}   (not who scheduled it)`, back, command('abort')];
}

function event(setting: Setting, launch: Launch, step: Step, cancelled = false): CalendarEvent {
  return {
    uid: uid(setting, step.id),
    sequence: launch.number * 2 + (cancelled ? 1 : 0),
    start: dueAt(launch, step),
    minutes: 30,
    summary: `${setting.programme} ${setting.stage}: ${step.text}`,
    description: `Runbook ${step.line}, owner: ${step.owner}`,
    cancelled,
  };
}

function uid({ programme, stage }: Setting, id: string): string {
  return `${id}.${programme}-${stage}@payca-golive`;
}

/** SNS mails no attachments: the file stands at the end of the text. */
function withCalendar(
  { owners, subject: about, text }: Omit<Message, 'text'> & { readonly text: readonly string[] },
  events: readonly CalendarEvent[],
  now: Date,
): Message {
  const save =
    'For a calendar, save what follows as launch.ics, or run: npm run golive -- launch status --ics launch.ics';
  return { owners, subject: about, text: [...text, '', save, '', calendar(events, now)].join('\n') };
}

function subject({ programme, stage }: Setting, about: string): string {
  return `${programme} ${stage}: ${about}`.replace(/[^\x20-\x7e]/g, '?').slice(0, 99);
}

/** UTC and, beside it, the time of the owners' zone: `2026-12-01 09:00 UTC (10:00 Europe/Berlin)`. */
export function timeInBoth(time: Date, zone: string): string {
  const utc = time.toISOString().slice(0, 16).replace('T', ' ');
  if (zone === 'UTC') return `${utc} UTC`;
  // Swedish writes times as ISO 8601 does.
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(
    time,
  );
  const sameDay = local.slice(0, 10) === utc.slice(0, 10);
  return `${utc} UTC (${sameDay ? local.slice(11) : local} ${zone})`;
}
