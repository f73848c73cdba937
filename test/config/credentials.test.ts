import { readStages } from '../../lib/config/schema';
import { change } from './stage';

const told = (changes: Readonly<Record<string, unknown>>) =>
  readStages([change(changes)]).problems.map(({ path, must, found }) => `${path} ${must}, got: ${found}`);

test('defaults: an overlap of 48 hours, a year of age, no other keys, operators by IAM Identity Center', () => {
  const { stages, problems } = readStages([change({})]);
  expect(problems).toEqual([]);
  expect(stages[0]).toMatchObject({ credentials: { overlapHours: 48, maxAgeDays: 365 }, thirdPartySecrets: [] });
  expect(stages[0]?.organization.operatorRoles).toBeUndefined();
});

test.each([
  ['arn:aws:iam::*:role/operators', 'the ARN of an IAM role'],
  ['arn:aws:iam::111122223333:role/*', 'the ARN of an IAM role'],
  ['arn:aws:iam::111122223333:user/somebody', 'the ARN of an IAM role'],
  ['*', 'the ARN of an IAM role'],
])('operator role %s is refused', (role, must) => {
  const [problem] = told({ 'organization.operatorRoles': [role] });
  expect(problem).toContain(`organization.operatorRoles[0] must be ${must}`);
  expect(problem).toContain(role);
});

test('an operator role of another account is refused', () => {
  const roles = ['arn:aws:iam::999988887777:role/operators/*'];
  expect(told({ 'organization.operatorRoles': roles })[0]).toMatch(
    /^organization\.operatorRoles\[0\] must be a role of the stage's account \d{12}: .*, got: 999988887777$/,
  );
});

test.each([[['PagerDuty']], [['pager duty']], [['pagerduty', 'pagerduty']]])(
  'names of keys %j are refused',
  (names) => {
    expect(told({ thirdPartySecrets: names }).join()).toContain('thirdPartySecrets');
  },
);

test.each([0, 3654, 1.5])('credentials.maxAgeDays %s is refused', (days) => {
  expect(told({ credentials: { maxAgeDays: days } })[0]).toContain('must be a whole number of days from 1 to 3653');
});
