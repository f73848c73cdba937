import { readStages } from '../../lib/config/schema';
import { change } from './stage';

const problems = (launch: unknown, more = {}) =>
  readStages([change({ launch, ...more })]).problems.map(({ path, must, found }) => `${path} ${must}, got: ${found}`);

test.each([
  [{ enabled: true }],
  [{ enabled: true, zone: 'Asia/Tokyo', owners: { Treasury: ['treasury@acme-pay.eu'] }, answerMinutes: 15 }],
  [
    {
      automation: {
        rules: ['nightly', 'bus/traffic'],
        schedules: [{ name: 'top-up', roleArn: 'arn:aws:iam::210987654321:role/top-up' }],
      },
    },
  ],
  [{ expectedDifferences: ['stage', 'webhook.allowList', 'monitoring.balanceThresholds.EUR', 'code.run-timeline'] }],
])('%j is taken', (launch) => {
  expect(problems(launch)).toEqual([]);
});

test.each([
  [{ zone: 'Berlin' }, 'launch.zone must be a time zone of the IANA database, such as Europe/Berlin, got: Berlin'],
  [{ answerMinutes: 5 }, 'launch.answerMinutes must be a whole number of minutes from 15 to 720, got: 5'],
  [
    { warRoom: ['chat'] },
    'launch.warRoom[0] must be one of the names of escalation.channels: there is none, got: chat',
  ],
  [{ owners: { CX: ['nobody'] } }, 'launch.owners.CX[0] must be an e-mail address, got: nobody'],
  [
    { expectedDifferences: ['web hook'] },
    'launch.expectedDifferences[0] must be a place in the config such as webhook.domainName, got: web hook',
  ],
])('%j is refused', (launch, problem) => {
  expect(problems(launch)).toEqual([problem]);
});
