import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS } from '../../../../lambda/payca/metrics';
import { REPOSITORY } from '../../../../lib/config/truststore';
import { templates } from '../../synth';
import { everyRow } from './alarms-in-stack';

const FOLDER = join(REPOSITORY, 'docs', 'runbooks');
const HEADINGS = [
  'What it means',
  'What it costs',
  'First five minutes',
  'How to confirm',
  'How to mend',
  'When to call PayCA',
  'Who is next',
];
const files = readdirSync(FOLDER);
const pages = files.map((file) => [file, readFileSync(join(FOLDER, file), 'utf8')] as const);
const headings = (text: string) => [...text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replace(/ /g, '-');
const firstCommands = (text: string) => /^## First five minutes\n+```sh\n(.*?)^```$/ms.exec(text)?.[1] ?? '';

test.each(everyRow().map(({ id, severity, page }) => [`${id}-${severity}`, page] as const))(
  '%s: page and anchor %s exist',
  (_, page) => {
    const [file, to = ''] = page.split('#');
    const text = new Map(pages).get(file ?? '') ?? '';
    expect(headings(text).map(anchor)).toContain(to);
  },
);

test('no page is left over', () => {
  expect([...new Set(everyRow().map(({ page }) => page.split('#')[0]))].sort()).toEqual(files.sort());
});

describe.each(pages)('%s', (_, text) => {
  test('has under 60 lines, a title and every part, in order', () => {
    expect(text.split('\n').length).toBeLessThan(60);
    expect(text).toMatch(/^# \S.*\n/);
    expect(headings(text).filter((heading) => HEADINGS.includes(heading))).toEqual(HEADINGS);
    for (const part of text.split(/^## .+$/m).slice(1)) expect(part.trim().length).toBeGreaterThan(20);
  });

  test('begins with commands that need no clone of the repository', () => {
    const lines = firstCommands(text).split('\n').filter(Boolean);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines.join('\n')).not.toMatch(/\bnpm\b|\bnpx\b|\bgit\b|golive --/);
  });

  test('names only functions, outputs, log groups and pages that exist', () => {
    const services = new Set<string>(Object.values(METRICS).map(({ service }) => service));
    const functions = [...text.matchAll(/\$\(log ([\w-]+)\)/g)].map(([, name = '']) => name);
    expect(functions.filter((name) => !services.has(name))).toEqual([]);
    const linked = [...text.matchAll(/`([\w-]+\.md)`/g)].map(([, file = '']) => file);
    expect(linked.filter((file) => !files.includes(file))).toEqual([]);
    const template = { service: SERVICE, state: STATE };
    const outputs = [...text.matchAll(/\$\(out (service|state) (\w+)\)/g)];
    for (const [, stack, output = ''] of outputs) {
      expect(template[stack as keyof typeof template].Outputs).toHaveProperty(output);
    }
    for (const [, id = ''] of text.matchAll(/--log-group-name-prefix \$P-service-(\w+)/g)) {
      const groups = Object.entries<{ Type: string }>(SERVICE.Resources).filter(
        ([name, { Type }]) => Type === 'AWS::Logs::LogGroup' && name.startsWith(id),
      );
      expect([id, groups.length]).toEqual([id, 1]);
    }
  });
});

const synthesised = templates();
const SERVICE = synthesised('Production/Service').toJSON();
const STATE = synthesised('Production/State').toJSON();
