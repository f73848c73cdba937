import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../../../lambda/payca/evidence';
import type { Incident } from '../../../lambda/payca/incidents';
import { openPoints } from '../../../lib/launch/document/closing-sections';
import { launchDocument } from '../../../lib/launch/document/document';
import type { ComplianceFact, LaunchFacts } from '../../../lib/launch/document/facts';
import { htmlDocument } from '../../../lib/launch/document/html';
import { documentInputs, lineStatuses } from '../../../lib/launch/document/line-status';
import { markdownDocument } from '../../../lib/launch/document/markdown';
import { readiness } from '../../../lib/runbook/readiness';
import { storedInputs } from '../../../lib/runbook/readiness-inputs';
import { readSignOffs } from '../../../lib/runbook/sign-offs';
import { evidenceOf, nothingRecorded, openLaunch } from './facts';

const html = (facts: LaunchFacts) => htmlDocument(launchDocument(facts));
const markdown = (facts: LaunchFacts) => markdownDocument(launchDocument(facts));
const section = (page: string, id: string) => new RegExp(`<section id="${id}".*?</section>`, 's').exec(page)?.[0] ?? '';

const count = (kind: string, number: number, standing = 'as expected') => ({
  kind,
  count: number,
  amounts: {},
  withoutAmount: 0,
  before: 0,
  standing,
});
const hour = (from: string, authorizations: number): Finding => ({
  line: '9.1',
  verdict: 'pass',
  details: {
    hour: 1,
    from,
    to: from,
    kinds: [
      count('authorizations', authorizations, 'high'),
      ...['settlements', 'refunds', 'declines', 'fees'].map((kind) => count(kind, 1)),
    ],
    balances: [{ currency: 'EUR', standing: 'as expected' }],
    webhooks: 9,
    smokeTests: 0,
    conflicts: 0,
    setAside: 0,
    late: 0,
  },
});
const smoke: Finding = {
  line: '4.1',
  verdict: 'pass',
  details: {
    run: 'smoke-1',
    health: { verdict: 'pass', requestId: 'smoke-1-health-1', responseId: 'payca-77', httpStatus: 200 },
  },
};
const incident: Incident = {
  id: 'INC-1',
  at: '2026-12-01T09:30:00.000Z',
  alarms: [{ name: 'payca-production-webhook-failures-page', state: 'ALARM' }],
  links: ['https://tickets.example.com/OPS-7'],
  entries: [{ at: '2026-12-01T09:31:00.000Z', by: 'jo', text: 'PayCA <answers> 503' }],
};
const whole = nothingRecorded({
  evidence: evidenceOf([
    { line: '2.1', verdict: 'fail', details: {} },
    { line: '2.1', verdict: 'pass', details: {} },
    smoke,
    hour('2026-12-01T09:00:00.000Z', 12),
    hour('2026-12-01T10:00:00.000Z', 15),
    { line: 'A.3', verdict: 'pass', details: { incident } },
  ]).evidence,
  launch: openLaunch(),
  incidents: [incident],
  alarms: [
    {
      name: 'payca-production-webhook-failures-page',
      state: 'ALARM',
      told: [{ channel: 'on-call', state: 'ALARM', at: '2026-12-01T09:30:05.000Z' }],
    },
  ],
});

describe('a line of the runbook', () => {
  const signed = readSignOffs(
    `
signOffs:
  - { line: "6.1", at: "2026-11-20T09:00:00Z", link: "https://wiki.example.com/training", version: "0123456789ab" }
  - { line: "6.2", at: "2026-11-20T09:00:00Z", link: "https://wiki.example.com/matrix" }
`,
    () => 'abc',
  ).signOffs;
  if (!signed) throw new Error('not read');
  const standing = { line: '5.2', verdict: 'pass', at: '2026-11-30T08:00:00.000Z', by: 'stacks', says: 'deployed: x' };
  const inputs = { lines: [], found: [standing] };
  const { evidence } = evidenceOf([
    { line: '2.1', verdict: 'pass', details: {} },
    { line: '2.1', verdict: 'fail', details: { says: 'TLS 1.0 is taken' } },
    { line: '6.2', verdict: 'fail', details: {} },
    { line: 'readiness', verdict: 'fail', details: { inputs } },
  ]);
  const facts = nothingRecorded({ evidence, signOffs: signed, keptBy: 'jo' });
  const { lines, answer } = lineStatuses(facts);

  test.each([
    ['2.1', 'fail', 'its newest record counts'],
    ['5.2', 'pass', 'the stacks showed it when a readiness was recorded'],
    ['6.1', 'attested', 'somebody has signed it off'],
    ['6.2', 'fail', 'a signature does not outvote a record'],
    ['6.3', 'not supplied', 'nobody has'],
    ['4.1', 'no-data', 'nothing was recorded'],
    ['A.1', 'pass', 'the document is recorded with it'],
  ])('%s is %s: %s', (id, verdict) => {
    expect(lines.find(({ line }) => line.id === id)?.ready.verdict).toBe(verdict);
    expect(section(html(facts), 'readiness')).toMatch(new RegExp(`id="line-${id.replace('.', '-')}".*?>${verdict}<`));
  });

  test('says what a readiness says of the inputs that are kept with it', () => {
    const kept = storedInputs({ inputs: JSON.parse(JSON.stringify(documentInputs(facts))) });
    expect(kept && readiness(kept)).toEqual(answer);
  });

  test('leads to its record, and the go or no-go to the lines that hold it back', () => {
    const content = section(html(facts), 'readiness');
    const key = evidence.records.findLast(({ record }) => record.line === 'readiness')?.key;
    expect(content).toMatch(new RegExp(`id="line-5-2".*?title="${key}"`));
    expect(content).toContain('no-go</span>, for these lines are open: <a href="#line-1-1">1.1</a>');
    expect(content).not.toContain('href="#line-9-1"');
    expect(section(html(facts), 'open')).toContain('fail</span> TLS 1.0 is taken');
  });

  test('6.1 is open when people were trained on another version of the support pack, and the document says so', () => {
    const page = html(nothingRecorded({ signOffs: signed, supportVersion: 'ba9876543210' }));
    const words =
      'signed off for version 0123456789ab of the support pack, which is ba9876543210 now: train what is new';
    expect(section(page, 'readiness')).toContain(words);
    expect(section(page, 'open')).toContain(words);
  });
});

test('before anything is recorded every line is open, and every section says what is missing', () => {
  const facts = nothingRecorded();
  const page = html(facts);
  expect(openPoints(facts)).toHaveLength(facts.signOffs.lines.length);
  for (const id of [
    'readiness',
    'timeline',
    'smoke',
    'figures',
    'dashboards',
    'alarms',
    'reconciliation',
    'retrospective',
    'compliance',
  ])
    expect(section(page, id)).toContain('<span class="badge warn">missing</span>');
  expect(section(page, 'records')).toContain('There is no manifest: nothing was recorded.');
});

test('every statement leads to its record, and the end to the newest manifest', () => {
  const page = html(whole);
  const cited = [...page.matchAll(/href="#(R\d+)"/g)].map(([, name]) => name);
  const rows = [...page.matchAll(/<tr id="(R\d+)">/g)].map(([, name]) => name);
  expect(new Set(cited)).toEqual(new Set(rows));
  expect(rows).toHaveLength(5);
  const { newest, records } = whole.evidence;
  for (const { key, record } of records.slice(1)) {
    expect(section(page, 'records')).toContain(key);
    expect(section(page, 'records')).toContain(record.sha256);
  }
  expect(section(page, 'records')).toContain(`evidence verify --manifest ${newest?.sha256}`);
});

test.each([
  ['timeline', ['PayCA did not answer. Approved by kim (Operators)', 'the wire was seen', 'not run']],
  ['smoke', ['smoke-1-health-1', 'payca-77', '200']],
  ['figures', ['2 recorded hours', '>15 <span class="badge bad">high</span>', '<svg']],
  ['alarms', ['ringing when this was made: payca-production-webhook-failures-page', 'on-call', 'INC-1: open since']],
  ['open', ['INC-1: PayCA &lt;answers&gt; 503']],
])('the section %s tells what was recorded', (id, words) => {
  const content = section(html(whole), id);
  for (const one of words) expect(content).toContain(one);
});

test('an hour that could not be counted is no data, until it is counted', () => {
  const blind: Finding = { line: '9.1', verdict: 'no-data', details: { from: '2026-12-01T09:00:00.000Z' } };
  const figures = (findings: Finding[]) =>
    section(html(nothingRecorded({ evidence: evidenceOf(findings).evidence })), 'figures');
  expect(figures([blind])).toContain('no data');
  expect(figures([blind, hour('2026-12-01T09:00:00.000Z', 3)])).not.toContain('no data');
});

test('a reconciliation shows its period, what was found, and each currency with its balance', () => {
  const sum = (count: number, amount: string) => ({ count, amount });
  const proof = { verdict: 'fail', opening: '100.00', closing: '87.71' };
  const eur = { currency: 'EUR', here: sum(2, '12.29'), there: sum(3, '12.30'), difference: '0.01', proof };
  const details = {
    breaks: 2,
    from: '2026-12-01T00:00:00.000Z',
    to: '2026-12-02T00:00:00.000Z',
    found: { 'missing-here': 2 },
    currencies: [eur],
  };
  const { evidence } = evidenceOf([{ line: '9.2', verdict: 'fail', details }]);
  const content = section(html(nothingRecorded({ evidence })), 'reconciliation');
  for (const shown of [
    '<dd>2026-12-01 00:00 UTC to 2026-12-02 00:00 UTC</dd>',
    '<dd>2 missing here</dd>',
    '<dt>Breaks</dt><dd>2</dd>',
    '<th scope="row">EUR</th><td class="number">2</td><td class="number">12.29</td><td class="number">3</td><td class="number">12.30</td>',
    'fail</span> 100.00 to 87.71',
  ])
    expect(content).toContain(shown);
});

test('the retrospective has its agenda from the evidence, and the tickets that were counted', () => {
  const by = 'arn:aws:sts::111122223333:assumed-role/Operators/jo';
  const agenda = [`funding: fail; seen at 2026-12-01T09:00:00.000Z by ${by}`];
  const { evidence } = evidenceOf([{ line: '9.4', verdict: 'pass', details: { agenda } }]);
  const key = evidence.records[0]?.key ?? '';
  const { steps } = openLaunch();
  const done = {
    state: 'done',
    verdict: 'pass',
    says: 'invited',
    at: '2026-12-03T09:00:00.000Z',
    lateMinutes: 0,
  } as const;
  const launch = openLaunch({
    steps: { ...steps, retrospective: { ...done, record: key.replace('9.4', 'manifest') } },
    feedback: { tickets: 3, link: 'https://tickets.example.com/launch', by, at: '2026-12-02T09:00:00.000Z' },
  });
  const content = section(html(nothingRecorded({ evidence, launch })), 'retrospective');
  expect(content).toContain('3 tickets of customers, counted on 2026-12-02 09:00 UTC by jo (Operators)');
  expect(content).toContain('retrospective on 2026-12-07 09:00 UTC (10:00 Europe/Berlin)');
  expect(content).toContain('<li>funding: fail; seen at 2026-12-01 09:00 UTC by jo (Operators)</li>');
  expect(content).toContain(`title="${key}"`);
  expect(section(html(nothingRecorded({ launch: openLaunch() })), 'retrospective')).toContain('Nobody has counted');
});

test('evidence that was changed is the first open point', () => {
  const problems = [{ key: 'runs/x/2.1.json', problem: 'changed: its content is not what was hashed' }];
  const facts = { ...whole, evidence: { ...whole.evidence, problems } };
  expect(openPoints(facts)[0]).toEqual({
    owner: 'Compliance',
    what: `evidence runs/x/2.1.json: ${problems[0]?.problem}`,
  });
  expect(html(facts)).toContain('not intact');
});

test('Markdown says the same, with pictures in words', () => {
  const text = markdown(whole);
  expect(text).toContain('| 4.1 health | **pass** |');
  expect(text).toContain('authorizations: from 12 to 15, last 15');
  expect(text).toContain('PayCA \\<answers\\> 503');
  expect(text).not.toContain('<svg');
});

test('neither a secret nor a card number reaches the document', () => {
  const [secret, card] = ['canary-4711-secret', '4111 1111 1111 1111'];
  const leaky = (line: string, details: Record<string, unknown>): Finding => ({ line, verdict: 'pass', details });
  const facts = nothingRecorded({
    evidence: evidenceOf([
      leaky('1.2', { clientSecret: secret, note: card }),
      leaky('4.1', { run: secret, health: { verdict: 'pass', body: secret, headers: { 'x-client-secret': secret } } }),
      leaky('9.2', {
        breaks: 4711,
        statement: { secret, iban: secret },
        found: { matched: secret },
        currencies: [{ currency: secret }],
      }),
      leaky('9.1', { ...hour('2026-12-01T09:00:00.000Z', 1).details, secret }),
    ]).evidence,
    incidents: [{ ...incident, entries: [{ at: incident.at, by: 'jo', text: `declined: ${card}` }] }],
    launch: openLaunch({ history: [{ at: incident.at, by: 'jo', what: 'noted', reason: `card ${card}` }] }),
  });
  for (const text of [html(facts), markdown(facts)]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(card);
    expect(text).toContain('4711');
  }
});

test('a link that is none is shown as text', () => {
  const links = ['javascript:alert(1)'];
  expect(html({ ...whole, incidents: [{ ...incident, links }] })).not.toContain('href="javascript');
});

describe('the page', () => {
  const page = html(whole);

  test('needs no network, no script and no other file', () => {
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|url\(|(?:src|href)="(?!#|data:|https:)/);
  });

  test('can be read aloud and by keyboard', () => {
    const levels = [...page.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.every((level, index) => index === 0 || level <= (levels[index - 1] ?? 0) + 1)).toBe(true);
    expect(page.match(/<table>/g)).toHaveLength(page.match(/<table><caption>[^<]/g)?.length ?? 0);
    expect(page).not.toMatch(/<tr[^>]*><td/);
    for (const [svg] of page.matchAll(/<svg.*?<\/svg>/gs))
      expect(svg).toMatch(/role="img".*<title>.+<\/title>\s*<desc>.+<\/desc>/s);
    expect(page).toContain('<html lang="en">');
    expect(page).toContain('<a class="skip" href="#main">');
  });

  const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
  const inBrowser = chromium ? test : test.skip;

  inBrowser(
    'fits a narrow screen, has contrast, and leads to every record in a browser',
    () => {
      const folder = mkdtempSync(join(tmpdir(), 'page-'));
      try {
        const file = join(folder, 'document.html');
        // The page's own policy forbids scripts, the test's too.
        const open = page.replace(/<meta http-equiv[^>]*>/, '').replace('</body>', `<script>${LOOK}</script></body>`);
        writeFileSync(file, open);
        const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--window-size=500,900'];
        const dom = execFileSync(
          String(chromium),
          [...flags, `--user-data-dir=${folder}/profile`, '--dump-dom', `file://${file}`],
          { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
        );
        expect(JSON.parse(/<output id="seen">(.*?)<\/output>/.exec(dom)?.[1] ?? '{}')).toEqual({
          wider: false,
          dead: [],
          faint: [],
        });
      } finally {
        rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    },
    60_000,
  );
});

/** What a browser sees: whether it must be scrolled sideways, links that lead nowhere, and text that is hard to read (WCAG 1.4.3). */
const LOOK = `
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((value) => value / 255)
      .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const faint = [...document.querySelectorAll('p, td, th, li, dt, dd, h1, h2, h3, a, code, caption, .badge')].filter((element) => {
    const [one, other] = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
    return (one + 0.05) / (other + 0.05) < 4.5;
  });
  const dead = [...document.querySelectorAll('a[href^="#"]')].filter((link) => !document.querySelector(link.getAttribute('href')));
  const seen = document.createElement('output');
  seen.id = 'seen';
  seen.textContent = JSON.stringify({
    wider: document.documentElement.scrollWidth > innerWidth,
    dead: dead.map((link) => link.outerHTML),
    faint: faint.map((element) => element.tagName + ' ' + element.className),
  });
  document.body.append(seen);`;

test('a launch whose window is open is under way, and only scheduled before that', () => {
  const says = (steps = openLaunch().steps) => html(nothingRecorded({ launch: openLaunch({ steps }) }));
  expect(says()).toContain('the launch is under way.');
  expect(says({})).toContain('the launch is scheduled.');
});

test('what is to be typed is shown as such, not in backticks', () => {
  const page = section(html(nothingRecorded()), 'readiness');
  expect(page).toContain('missing: record of <code>golive prefund check --record</code>');
  expect(page).not.toContain('`');
});

describe('the compliance report', () => {
  const counts = { error: 0, 'non-compliant': 0, acknowledged: 31, compliant: 0, 'not-applicable': 0 };
  const pack = { pack: 'CfnLint', framework: 'Linter', version: '1', records: 'findings', counts } as const;
  const compliance = {
    verdict: 'pass',
    asOf: '2026-12-01',
    commit: 'abc',
    problems: [],
    warnings: [],
    packs: [pack as unknown as ComplianceFact['packs'][number]],
    exceptions: 40,
    file: { name: 'report.json', sha256: 'f'.repeat(64) },
  } as const;

  test('says where a pack does not tell how many rules it ran', () => {
    const content = section(html(nothingRecorded({ compliance: { ...compliance, isPresent: true } })), 'compliance');
    expect(content).not.toContain('undefined');
    expect(content).not.toContain('other sources');
  });

  test('of other sources than the document is said to be', () => {
    const content = section(html(nothingRecorded({ compliance: { ...compliance, isPresent: false } })), 'compliance');
    expect(content).toContain('This document was made from other sources than that report');
  });
});
