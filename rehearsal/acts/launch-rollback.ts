import { LaunchDay, REASON } from '../launch-day';
import { golive } from '../operator';
import type { Act } from './act';

const HOUR = 60;

/** The way back after the window was opened: rehearsed dry, done, done again, and finished where it had got stuck. */
export const launchRollback: Act = {
  id: 'launch-rollback',
  title: 'Back from an open window: what is switched is put back and verified, the rest is a list with owners',
  play: async ({ world, credentials, otherStage, check }) => {
    const day = new LaunchDay(world);
    await world.supply(credentials);
    const account = world.openAccount(otherStage());
    day.openSandbox(account);
    day.fund('75000.00');
    await day.toTheWindow(3 * HOUR);
    await day.leaveReadiness('go');
    await day.approved(1);
    const isOpen = day.window === 'on' && day.automationOn.length === 0;
    const dry = await golive(world, ['launch', 'rollback', '--dry-run']);
    const owners = ['Ops', 'Treasury', 'Programme lead', 'CX'].every((owner) => dry.text.includes(owner));
    const unchanged = day.window === 'on' && day.automationOn.length === 0 && day.runs;
    check(
      'dry-run',
      isOpen && dry.code === 0 && owners && unchanged,
      owners ? 'says what it would do and who has what to do by hand; nothing is changed' : dry.text,
    );

    day.mails();
    const [schedule] = [...account.scheduler.schedules.keys()];
    const kept = account.scheduler.schedules.get(String(schedule));
    account.scheduler.schedules.delete(String(schedule));
    const stuck = await golive(world, ['launch', 'rollback', '--reason', REASON]);
    const half = stuck.code === 1 && stuck.text.includes('not put back') && day.window === 'off' && !day.runs;
    check(
      'stuck-is-told',
      half,
      half ? 'one schedule could not be put back: told, the rest done, exit code 1' : stuck.text,
    );
    const manual = day
      .mails()
      .some(({ subject, message }) => subject.includes('rolled back') && message.includes('freeze the cards'));
    check('owners-told', manual, 'everybody is mailed the manual list');

    if (kept) account.scheduler.schedules.set(String(schedule), kept);
    const again = await golive(world, ['launch', 'rollback', '--reason', REASON]);
    check(
      'finished',
      again.code === 0 && day.automationOn.length === 2,
      again.code === 0 ? 'the second one puts back what was left' : again.text,
    );
    const { history } = await day.status();
    const third = await day.give('kim', { command: 'rollback', reason: REASON });
    const same = third.launch?.phase === 'rolled back' && third.launch.history.length === history.length;
    check('idempotent', same && day.mails().length === 0, 'a third changes nothing and tells nobody');
    const { steps } = await day.at(2 * HOUR);
    check('nothing-runs', steps.debrief === undefined, 'no step runs after it');
    const refusals = [...new Set(world.gate.refusals)];
    check(
      'permitted',
      refusals.length === 0,
      refusals.slice(0, 3).join('; ') || 'every call is allowed, in both accounts',
    );
  },
};
