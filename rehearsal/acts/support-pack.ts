import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTRACT_CODES } from '../../lambda/payca/api';
import { sha256 } from '../../lambda/payca/inbox';
import { golive } from '../operator';
import type { World } from '../world';
import type { Scene } from './act';

const SECTIONS = ['codes', 'declines', 'messages', 'cases', 'contacts', 'escalation', 'incidents', 'alarms', 'missing'];
const PEOPLE = 'people:\n  - { role: CX, name: Rehearsed Head of Support, phone: "+44 1632 960042" }\n';
const PERSONAL = /Rehearsed Head|960042/;

/** The support pack of the rehearsed stage: whole, with the deployed alarms' commands, and people and secrets where they belong. */
export async function supportPack({ world, credentials, check }: Scene): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  try {
    const people = join(directory, 'people.yaml');
    writeFileSync(people, PEOPLE);
    const made = await golive(world, ['support-pack', '--out', directory, '--people', people, '--record']);
    const read = (name: string) => readFileSync(join(directory, name), 'utf8');
    const [html, markdown, manifest] = ['support-pack.html', 'support-pack.md', 'manifest.json'].map(read) as [
      string,
      string,
      string,
    ];
    const absent = [...missingParts(world, html), ...(PERSONAL.test(html) ? [] : ['the people that were supplied'])];
    const { version, files } = JSON.parse(manifest);
    const whole = made.code === 0 && absent.length === 0 && html.includes(`<code>${version}</code>`);
    const detail = `version ${version}: ${SECTIONS.length} sections, ${CONTRACT_CODES.length} codes, a command for each deployed alarm`;
    check('support-pack', whole, whole ? detail : `${made.text}; not there: ${absent.slice(0, 4).join(', ')}`);
    const records = recordsOf(world);
    const elsewhere = `${made.text}${manifest}${records.join()}`;
    const secrets = Object.values(credentials).filter((value) => `${html}${markdown}${elsewhere}`.includes(value));
    const hashed = files['support-pack.html'] === sha256(html) && files['support-pack.md'] === sha256(markdown);
    check(
      'support-pack-private',
      secrets.length === 0 && !PERSONAL.test(elsewhere) && hashed,
      'no key in it; staff on the page, and in no manifest, record or output',
    );
    const told = /^missing {3}monitoring\.contacts\.payca/m.test(made.text) ? 'fail' : 'pass';
    const [matrix] = records.map((record) => JSON.parse(record)).filter(({ line }) => line === '6.2');
    check(
      'support-pack-record',
      records.length === 2 && matrix.verdict === told && matrix.details.version === version,
      `lines 6.2 and 6.3; 6.2: ${matrix?.verdict}, ${matrix?.details.says}`,
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** What should be on the page and is not. */
function missingParts({ deployment }: World, html: string): string[] {
  const commands = deployment
    .resources('AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm')
    .filter(({ name }) => !name.endsWith('-signal'))
    .map(({ properties }) => String(properties.AlarmDescription).split('\n')[0] ?? '');
  const shown = [...html.matchAll(/<code>(.*?)<\/code>/g)].map(([, code = '']) => unescaped(code));
  return [
    ...SECTIONS.filter((id) => !new RegExp(`<section id="${id}".*?<(table|p)`, 's').test(html)),
    ...CONTRACT_CODES.filter((code) => !html.includes(code)),
    ...commands.filter((command) => !shown.includes(command)),
  ];
}

const unescaped = (text: string) =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

function recordsOf({ s3 }: World): string[] {
  return [...s3.objects].flatMap(([name, content]) => (/\/6\.[23]\.json$/.test(name) ? content.toString() : []));
}
