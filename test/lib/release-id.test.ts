import { App, Stack } from 'aws-cdk-lib';
import { onFailureOf, releaseOf } from '../../lib/smoke/release-id';
import { configOf } from './monitoring/alarms/alarms-in-stack';

const config = configOf('production');
const scope = (context: Record<string, unknown> = {}) => new Stack(new App({ context }), 'Service');

test('without a name the release is named by its inputs: the same for the same, another for another config', () => {
  const release = releaseOf(scope(), config);
  expect(release).toMatch(/^[0-9a-f]{16}$/);
  expect(releaseOf(scope(), configOf('production'))).toBe(release);
  expect(releaseOf(scope(), { ...config, retentionDays: { ...config.retentionDays, webhooks: 91 } })).not.toBe(release);
});

test('what is deployed does not depend on the other stage', () => {
  expect(releaseOf(scope(), configOf('sandbox'))).not.toBe(releaseOf(scope(), config));
});

test('a name of your own, and a hotfix', () => {
  expect(releaseOf(scope({ release: 'v1.2-3' }), config)).toBe('v1.2-3');
  expect([onFailureOf(scope(), config), onFailureOf(scope({ smoke: 'report' }), config)]).toEqual([
    'rollback',
    'report',
  ]);
});

test.each([
  ['release', 'a b', '-c release must be 1 to 64 letters, digits or _ . -, got: a b'],
  ['release', 7, '-c release must be 1 to 64 letters, digits or _ . -, got: 7'],
  ['smoke', 'off', '-c smoke must be rollback or report, got: off'],
])('-c %s=%s is refused', (name, value, message) => {
  const given = scope({ [name]: value });
  expect(() => [releaseOf(given, config), onFailureOf(given, config)]).toThrow(message);
});
