import { MANUAL } from '../lambda/run-timeline/commands';
import { dueAt, isActive, type Launch, phaseText, type Question } from '../lambda/run-timeline/launch';
import { timeInBoth } from '../lambda/run-timeline/message';
import type { Readiness } from '../lambda/run-timeline/readiness';
import { STEPS, type TimelineStep } from '../lambda/run-timeline/steps';

/** Entries of the history that are shown without `--history`. */
const NEWEST = 5;

/** The launch in plain lines: where it stands, each step, who is waited for, and what is switched. */
export function launchLines(
  { launch, readiness }: { readonly launch?: Launch; readonly readiness?: Readiness },
  { zone, now, history = NEWEST }: { readonly zone: string; readonly now: Date; readonly history?: number },
): string[] {
  const ready = readiness ? `${readiness.decision}, recorded at ${readiness.at} by ${readiness.by}` : 'none recorded';
  if (!launch) return ['launch     none was ever scheduled', `readiness  ${ready}`];
  const { questions, switched } = launch;
  return [
    `launch     ${phaseText(launch)}, T is ${timeInBoth(new Date(launch.at), zone)}${isActive(launch) ? ` (${distance(launch.at, now)})` : ''}`,
    `scheduled  by ${launch.scheduledBy}`,
    `readiness  ${ready}`,
    '',
    ...STEPS.map((step) => stepLine(launch, step, zone)),
    ...(questions.length > 0 ? ['', ...questions.map((question) => questionLine(question, zone))] : []),
    ...(switched.length > 0
      ? ['', ...switched.map(({ kind, name, before }) => `switched   ${kind} ${name}, was ${before} before`)]
      : []),
    '',
    ...launch.history
      .slice(-history)
      .map(({ at, by, what, reason }) => `${at}  ${what}${reason ? `: ${reason}` : ''} (${by})`),
  ];
}

function stepLine(launch: Launch, step: TimelineStep, zone: string): string {
  const state = launch.steps[step.id];
  const found = !state
    ? 'to come'
    : state.state === 'running'
      ? 'running'
      : `${state.state === 'missed' ? 'missed' : state.verdict}${state.lateMinutes > 5 ? `, ${state.lateMinutes} min late` : ''}`;
  const approved = state?.approved ? `; approved by ${state.approved.by}: ${state.approved.reason}` : '';
  const says = state && state.state !== 'running' ? `; ${state.says}${approved}` : '';
  return `${step.id.padEnd(19)} ${timeInBoth(dueAt(launch, step), zone)}  ${found}${says}`;
}

function questionLine({ step, deadline, overdue }: Question, zone: string): string {
  return `waits      for an answer about ${step} until ${timeInBoth(new Date(deadline), zone)}${overdue ? ', which has passed' : ''}`;
}

/** `in 3 d 4 h` or `2 h 5 min ago`. */
function distance(at: string, now: Date): string {
  const minutes = Math.round((Date.parse(at) - now.getTime()) / 60_000);
  const [days, hours, rest] = [
    Math.floor(Math.abs(minutes) / 1440),
    Math.floor((Math.abs(minutes) % 1440) / 60),
    Math.abs(minutes) % 60,
  ];
  const parts = days > 0 ? [`${days} d`, `${hours} h`] : hours > 0 ? [`${hours} h`, `${rest} min`] : [`${rest} min`];
  return minutes >= 0 ? `in ${parts.join(' ')}` : `${parts.join(' ')} ago`;
}

/** What a rollback puts back by itself, and what people do by hand. */
export function rollbackLines({ switched }: Launch): string[] {
  return [
    'put back by this command:',
    ...switched.map(({ kind, name, before }) => `  ${kind} ${name}: ${before} again`),
    ...(switched.length === 0 ? ['  nothing is switched'] : []),
    '  schedule of the timeline: off',
    'by hand:',
    ...MANUAL.map(([owner, text]) => `  ${owner.padEnd(14)} ${text}`),
  ];
}
