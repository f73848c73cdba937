import type { Deployment } from '../deployment';
import { LaunchDay, REASON } from '../launch-day';
import { Metrics } from '../metrics';
import { golive } from '../operator';
import { list } from '../template';
import type { World } from '../world';
import type { Act, Scene } from './act';

const HOUR = 60;
const DAY = 24 * HOUR;

/** The launch of production, from a day before T until two days after it. */
export const timeline: Act = {
  id: 'timeline',
  title: 'A launch from T-24h to T+48h: steps on time, failures with a person; late, moved, lapsed, called off',
  play: async (scene) => {
    const day = new LaunchDay(scene.world);
    await scene.world.supply(scene.credentials);
    await withoutRole(scene, day);
    const sandbox = scene.world.openAccount(scene.otherStage());
    day.openSandbox(sandbox);
    day.fund('75000.00');
    await green(scene, day);
    await underfunded(scene, day);
    await configDiffers(scene, day, sandbox.deployment);
    await moved(scene, day);
    await late(scene, day);
    await unanswered(scene, day);
    const refusals = [...new Set(scene.world.gate.refusals)];
    const detail = refusals.slice(0, 3).join('; ') || 'every call of the timeline is allowed, in both accounts';
    scene.check('permitted', refusals.length === 0, detail);
  },
};

/** No role to be taken in the sandbox: no data, and a person is asked. */
async function withoutRole({ check }: Scene, day: LaunchDay): Promise<void> {
  await day.schedule(DAY + 30);
  const { steps, questions } = await day.at(-DAY);
  const step = steps['compare-config'];
  const asked = step?.verdict === 'no-data' && questions[0]?.step === 'compare-config';
  check('no-role', asked, asked ? `no-data, and a person is asked: ${step.says}` : JSON.stringify(step));
  await day.give('kim', { command: 'cancel', reason: REASON });
}

/** Nothing goes wrong but what is approved; the whole way, told to the right people. */
async function green(scene: Scene, day: LaunchDay): Promise<void> {
  const { world, check } = scene;
  day.mails();
  const at = day.timeIn(DAY + 90);
  const scheduled = await golive(world, ['launch', 'schedule', '--at', at]);
  const invitations = day.mails();
  const told = new Set(invitations.flatMap((mail) => world.sns.subscribers(mail.topicArn, mail)));
  const everybody = new Set(invitations.flatMap(({ topicArn }) => world.sns.subscribers(topicArn)));
  const withCalendar = invitations.every(
    ({ message }) => message.includes('BEGIN:VCALENDAR') && / UTC \(.*Europe/.test(message),
  );
  check(
    'scheduled',
    scheduled.code === 0 && day.runs && told.size === everybody.size && withCalendar,
    scheduled.code === 0 ? `${told.size} addresses have the dates in both times, with a calendar` : scheduled.text,
  );
  await day.at(-DAY - 30);
  const ahead = day.mails().map(({ subject }) => subject);
  check('told-ahead', ahead.length === 1 && /compare-config is due/.test(String(ahead[0])), ahead.join('; '));
  const early = await day.at(-DAY - 5);
  check(
    'not-before-its-time',
    Object.keys(early.steps).length === 0,
    'no step has run 5 minutes before the first is due',
  );
  await day.leaveReadiness('go');
  const problems: string[] = [];
  for (const [minutes, id] of [
    [-DAY, 'compare-config'],
    [-12 * HOUR, 'funding'],
    [-2 * HOUR, 'sandbox-automation'],
    [-HOUR, 'webhook-smoke'],
  ] as const) {
    const { steps } = await day.at(minutes);
    if (steps[id]?.verdict !== 'pass') problems.push(`${id}: ${steps[id]?.verdict}, ${steps[id]?.says}`);
  }
  check(
    'before-the-window',
    problems.length === 0,
    problems.join('; ') || 'compared, funded, sandbox automation off, webhooks tested',
  );
  check(
    'automation-off',
    day.automationOn.length === 0,
    day.automationOn.join(', ') || 'rule and schedule of the sandbox are off',
  );
  await window(scene, day);
}

async function window({ world, check }: Scene, day: LaunchDay): Promise<void> {
  const ticket =
    world.deployment.resources('AWS::CloudWatch::Alarm').find(({ name }) => name.endsWith('-ticket'))?.name ?? '';
  const heard = () => channelsThatHear(world, ticket);
  const before = heard();
  await day.leaveReadiness('go');
  const opened = await day.at(0);
  const routed = heard().filter((channel) => !before.includes(channel));
  const isOpen = opened.steps['open-window']?.verdict === 'pass' && opened.steps.go?.verdict === 'pass';
  check(
    'window',
    isOpen && day.window === 'on' && routed.length > 0,
    isOpen ? `open; a ticket is now heard by ${routed.length} channels more` : JSON.stringify(opened.steps),
  );
  const { steps: debriefed } = await day.at(2 * HOUR);
  check('debrief', debriefed.debrief !== undefined, `${debriefed.debrief?.verdict}: ${debriefed.debrief?.says}`);
  await day.give('lee', { command: 'feedback', tickets: 3, link: 'https://tickets.example.com/launch' });
  const { steps: counted } = await day.at(DAY);
  check('feedback', counted.feedback?.verdict === 'pass', String(counted.feedback?.says));
  const { questions } = await day.status();
  for (const { step } of questions) await day.give('kim', { command: 'approve', step, reason: REASON });
  day.mails();
  const { steps, phase } = await day.at(2 * DAY);
  const ended = steps['close-war-room']?.verdict === 'pass' && day.window === 'off' && heard().length === before.length;
  check('war-room-ends', ended, 'routing is as before, by itself');
  const agenda = day.mails().find(({ subject }) => /retrospective$/.test(subject));
  check(
    'retrospective',
    steps.retrospective?.verdict === 'pass' && agenda?.message.includes('BEGIN:VEVENT') === true,
    String(steps.retrospective?.says),
  );
  check('over', phase === 'over' && !day.runs, `the launch is ${phase}, its schedule is off`);
}

/** Rules that would hear an alarm of this name. */
function channelsThatHear(world: World, alarm: string): string[] {
  return world.deployment
    .resources('AWS::Events::Rule')
    .filter((rule) => rule.properties.EventPattern && world.events.switches.isOn(rule))
    .filter(({ properties }) => {
      const { detail } = properties.EventPattern as { detail?: { alarmName?: { wildcard: string }[] } };
      const severity = alarm.slice(alarm.lastIndexOf('-'));
      return list(detail?.alarmName).some(({ wildcard }) => wildcard.endsWith(severity));
    })
    .map(({ name }) => name);
}

/** Money that is not there: the owner is told how much, and a person decides. */
async function underfunded({ check }: Scene, day: LaunchDay): Promise<void> {
  day.fund('49999.99');
  await day.schedule(13 * HOUR);
  await day.at(-12 * HOUR - 30);
  day.mails();
  const { steps, questions } = await day.at(-12 * HOUR);
  const mail = day.mails().find(({ subject }) => subject.includes('funding'));
  const toTreasury = mail?.attributes?.owner?.includes('Treasury') === true && mail.message.includes('launch approve');
  check(
    'underfunded',
    steps.funding?.verdict === 'fail' && questions[0]?.step === 'funding' && toTreasury,
    String(steps.funding?.says),
  );
  const held = await day.give('jo', { command: 'hold', reason: REASON });
  day.fund('75000.00');
  const resumed = await day.give('kim', { command: 'approve', reason: REASON });
  const goesOn = held.launch?.phase === 'on hold' && resumed.launch?.phase === 'scheduled';
  check(
    'held-and-approved',
    goesOn && resumed.launch?.questions.length === 0,
    String(resumed.launch?.history.at(-1)?.what),
  );
  await day.give('jo', { command: 'cancel', reason: REASON });
}

/** An undeclared difference stops the launch; whoever scheduled it cannot wave it through; nothing runs after an abort. */
async function configDiffers({ check }: Scene, day: LaunchDay, sandbox: Deployment): Promise<void> {
  const parameter = sandbox.resources('AWS::SSM::Parameter').find(({ name }) => name.endsWith('/config/0'));
  const exported = String(parameter?.properties.Value);
  if (parameter) parameter.properties.Value = exported.replace('"tenant-balance"', '"master-account"');
  await day.schedule(DAY + 30);
  const { steps, questions } = await day.at(-DAY);
  if (parameter) parameter.properties.Value = exported;
  const step = steps['compare-config'];
  const found = step?.verdict === 'fail' && step.says.includes('payca.profile') && questions.length === 1;
  check('config-differs', found, String(step?.says));
  const own = await day.give('jo', { command: 'approve', reason: REASON });
  check('not-by-the-scheduler', own.refused !== undefined, String(own.refused));
  const { steps: waiting } = await day.at(-12 * HOUR);
  check('waits', waiting.funding === undefined, 'the next step waits for the answer');
  await day.give('kim', { command: 'abort', reason: REASON });
  const { phase, steps: after } = await day.at(-2 * HOUR);
  check('aborted', phase === 'aborted' && !day.runs && after.funding === undefined, `${phase}: nothing has run since`);
}

/** What was done for the former time is undone, and done again for the new one. */
async function moved({ check }: Scene, day: LaunchDay): Promise<void> {
  await day.toTheWindow(3 * HOUR);
  const off = day.automationOn.length === 0;
  const again = await day.schedule(4 * DAY, 'jo');
  const on = day.automationOn.length === 2;
  const fresh = Object.keys(again.launch?.steps ?? {}).length === 0;
  const noted = again.launch?.history.at(-1)?.what.startsWith('re-scheduled') === true;
  check('re-scheduled', off && on && fresh && noted, 'sandbox automation on again, every step anew, the history kept');
  const cancelled = await day.give('jo', { command: 'cancel', reason: REASON });
  check(
    'cancelled',
    cancelled.launch?.phase === 'cancelled' && !day.runs,
    `${cancelled.launch?.history.length} entries of history`,
  );
}

/** Scheduled late, what is still due runs at once and says so; what came too late is missed, and said to be. */
async function late({ check }: Scene, day: LaunchDay): Promise<void> {
  const { steps } = await day.toTheWindow(90);
  const delays = ['compare-config', 'funding', 'sandbox-automation'].map((id) => steps[id]?.lateMinutes ?? 0);
  const ran = delays.every((minutes) => minutes >= 30) && Number(delays[0]) >= 22 * HOUR;
  check('late', ran, `late by ${delays.join(', ')} minutes, and run all the same`);
  await day.leaveReadiness('go');
  await day.at(0);
  const { steps: after } = await day.approved(30 * HOUR);
  const missed = after.debrief?.state === 'missed' && (after.feedback?.lateMinutes ?? 0) >= 5 * HOUR;
  check(
    'missed',
    missed,
    `debrief: ${after.debrief?.state}, ${after.debrief?.says}; feedback ${after.feedback?.lateMinutes} min late`,
  );
  await day.give('jo', { command: 'rollback', reason: REASON });
}

/** No-go, and nobody answers: reminded, paged, and given up two hours after T. */
async function unanswered({ world, check }: Scene, day: LaunchDay): Promise<void> {
  await day.toTheWindow(3 * HOUR);
  await day.leaveReadiness('no-go', ['8.2: fail']);
  const { steps } = await day.at(0);
  check('no-go', steps.go?.verdict === 'fail' && steps['open-window'] === undefined, String(steps.go?.says));
  const metrics = new Metrics(world);
  await metrics.take();
  day.mails();
  const { questions } = await day.at(65);
  const waits = (await metrics.take()).some(({ metric, value }) => metric === 'LaunchUnanswered' && value === 1);
  const reminded = day.mails().some(({ subject }) => subject.includes('still waits'));
  check(
    'unanswered',
    questions[0]?.overdue === true && waits && reminded,
    'the owner is reminded, and the metric of the page is 1',
  );
  const { phase } = await day.at(2 * HOUR);
  check(
    'lapsed',
    phase === 'lapsed' && !day.runs && day.window === 'off' && day.automationOn.length === 2,
    `${phase}: the window stays shut, sandbox automation is on again`,
  );
}
