import { cdkCalls, watchedBy } from '../../cli/deploy';
import { parseStages, type StageConfig } from '../../lib/config/schema';
import { change } from '../config/stage';

const stage = (changes: Record<string, unknown> = {}) => parseStages([change(changes)])[0] as StageConfig;
const ALARM = 'payca-production-webhook-failures-page';
const ARN = `arn:aws:cloudwatch:eu-central-1:210987654321:alarm:${ALARM}`;

test('the first deploy has no triggers, because CloudFormation refuses an alarm that does not exist', () => {
  expect(watchedBy(stage(), [], false)).toEqual({
    alarms: [],
    says: `no alarm undoes this deploy; not deployed yet: ${ALARM}`,
  });
});

test('a deployed alarm of the config is a trigger, others are not', () => {
  expect(watchedBy(stage(), ['payca-production-silence-page', ALARM], false)).toEqual({
    alarms: [ARN],
    says: `undone if one goes off during it or within 10 minutes after it: ${ALARM}`,
  });
});

test('an alarm that is not there yet does not keep another from watching', () => {
  const config = stage({ rollback: { alarms: ['new', 'webhook-failures-page'], monitoringMinutes: 5 } });
  expect(watchedBy(config, [ALARM], false)).toEqual({
    alarms: [ARN],
    says: `undone if one goes off during it or within 5 minutes after it: ${ALARM}; not deployed yet: payca-production-new`,
  });
});

test('a fix forward is undone by nothing', () => {
  const watch = watchedBy(stage(), [ALARM], true);
  expect(watch.alarms).toEqual([]);
  expect(cdkCalls(stage(), watch, false)[0]).toEqual(['synth', '**', '--quiet', '-c', 'smoke=report']);
});

test('alarms can be switched off in the config', () => {
  const config = stage({ rollback: { alarms: [] } });
  expect(watchedBy(config, [ALARM], false)).toEqual({ alarms: [], says: 'no alarm undoes this deploy' });
});

test('State is deployed first and watched by nothing; Service is watched', () => {
  expect(cdkCalls(stage(), { alarms: [ARN], says: '' }, false)).toEqual([
    ['synth', '**', '--quiet'],
    ['deploy', 'Production/State', '--exclusively', '--app', 'cdk.out'],
    [
      ...['deploy', 'Production/Service', '--exclusively', '--app', 'cdk.out'],
      ...['--rollback-trigger-alarm-arns', ARN, '--monitoring-time-minutes', '10'],
    ],
  ]);
});

test('Launch is deployed last, and only where it is enabled', () => {
  const watch = { alarms: [], says: '' };
  expect(cdkCalls(stage(), watch, false)).toHaveLength(3);
  expect(cdkCalls(stage({ launch: { enabled: true } }), watch, false).at(-1)).toEqual([
    ...['deploy', 'Production/Launch', '--exclusively', '--app', 'cdk.out'],
  ]);
});

test('without alarms, those of an earlier deploy are taken off the stack', () => {
  const [, state, service] = cdkCalls(
    stage({ stage: 'sandbox', 'payca.baseUrl': 'https://api.sandbox.payca.io' }),
    { alarms: [], says: '' },
    true,
  );
  expect(state).toEqual([
    ...['deploy', 'Sandbox/State', '--exclusively', '--app', 'cdk.out'],
    ...['--require-approval', 'never'],
  ]);
  expect(service?.slice(-4)).toEqual(['--require-approval', 'never', '--rollback-trigger-alarm-arns', 'none']);
});
