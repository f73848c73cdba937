import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type CfnResource, Stack } from 'aws-cdk-lib';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, NagMessageLevel, NagPack } from 'cdk-nag';
import { EXCEPTIONS, type Exception } from '../../../lib/compliance/exceptions';
import { type Observation, recordResults } from '../../../lib/compliance/observation';
import { registerProblems } from '../../../lib/compliance/register';
import type { Attestation } from '../../../lib/compliance/report/attestations';
import { reportCsv } from '../../../lib/compliance/report/csv';
import { controlIds } from '../../../lib/compliance/report/frameworks';
import { reportJson } from '../../../lib/compliance/report/json';
import { reportPage } from '../../../lib/compliance/report/page';
import { makeReport, type Report } from '../../../lib/compliance/report/report';
import type { RetentionRow } from '../../../lib/compliance/report/retention';
import { summaryLines } from '../../../lib/compliance/report/summary';

const PACK = 'AwsSolutions';
const stack = new Stack(new App(), 'Stack');
const open = new CfnBucket(stack, 'Open', { publicAccessBlockConfiguration: { blockPublicAcls: false } });
const closed = new CfnBucket(stack, 'Closed', {
  publicAccessBlockConfiguration: {
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  },
});

/** A rule that cannot read what it is given. */
class Broken extends NagPack {
  readonly name = 'Broken';
  protected override packName = 'Broken';
  protected override checkResource(node: CfnResource): void {
    const rule = (): never => {
      throw new Error('no <primitive> value');
    };
    this.applyRule({
      node,
      rule,
      ruleSuffixOverride: 'B1',
      info: 'It broke.',
      explanation: '',
      level: NagMessageLevel.WARN,
    });
  }
}

function observe(pack: NagPack): Observation[] {
  const observations: Observation[] = [];
  recordResults(pack, (observation) => observations.push(observation)).validateScope(stack);
  return observations;
}

const solutions = observe(new AwsSolutionsChecks());

const exception = (change: Partial<Exception> = {}): Exception => ({
  rules: [`${PACK}-S1`, `${PACK}-S2`, `${PACK}-S10`],
  resourceType: 'AWS::S3::Bucket',
  when: ({ node }) => node.id === 'Open',
  reason: 'A bucket of a test that is never deployed.',
  owner: 'Security',
  granted: '2026-01-01',
  expires: '2026-12-31',
  ...change,
});

const KEPT: RetentionRow = {
  stage: 'production',
  kind: 'state',
  store: 'Stack/Table',
  type: 'AWS::DynamoDB::Table',
  means: 'kept while the stage exists',
  agrees: true,
  erasure: 'One item by its key: `golive <thing>`.',
};
const OPEN: Attestation = { line: '7.1', text: 'Reviewed', owner: 'Compliance', deputy: 'Ops', status: 'open' };
const SIGNED: Attestation = {
  ...OPEN,
  line: '7.2',
  status: 'signed off',
  at: '2026-12-01T09:30:00Z',
  by: 'commit 0123456789ab',
  link: 'https://wiki.acme.eu/1?a="b"',
};

const rest = exception({ rules: [`${PACK}-S1`, `${PACK}-S10`], when: ({ node }) => node.id === 'Closed' });

function report(exceptions: readonly Exception[], asOf = '2026-06-01', observations = solutions): Report {
  const ran = [...new Set(observations.map(({ pack }) => pack))];
  return makeReport({
    asOf,
    observations,
    exceptions,
    packs: ran.map((pack) => ({ pack, version: '1.0.0', records: 'every result' })),
    resources: [open, closed],
    retention: [KEPT],
    attestations: [SIGNED, OPEN],
    provenance: { commit: 'abc', tools: { cdk: '2' }, templates: [{ stack: 's', template: 't', sha256: 'f' }] },
  });
}

describe('results', () => {
  const { results, packs, rules } = report([exception(), rest]);
  const verdict = (rule: string, resource: CfnResource) =>
    results.find((result) => result.rule === `${PACK}-${rule}` && result.resource === resource.node.path)?.verdict;

  test('every rule has a verdict on every resource', () => {
    expect(rules.length).toBeGreaterThan(100);
    expect(new Set(results.map(({ rule, resource }) => `${rule} ${resource}`)).size).toBe(rules.length * 2);
    expect([verdict('S2', open), verdict('S2', closed), verdict('L1', open)]).toEqual([
      'acknowledged',
      'compliant',
      'not applicable',
    ]);
  });

  test('the summary counts them all', () => {
    expect(Object.values(packs[0]?.counts ?? {}).reduce((sum, number) => sum + number, 0)).toBe(results.length);
    expect(packs[0]).toMatchObject({ clean: true, rules: rules.length });
  });

  test('a rule that threw is an error, acknowledged or not', () => {
    const broken = report([exception({ rules: ['Broken-B1'] })], undefined, observe(new Broken()));
    expect(broken.verdict).toBe('fail');
    expect(broken.results.map((result) => [result.verdict, result.finding])).toEqual([
      ['error', 'no <primitive> value'],
      ['error', 'no <primitive> value'],
    ]);
  });

  test('the recorder changes nothing of what the pack itself reports', () => {
    const plain = new AwsSolutionsChecks().validateScope(stack);
    expect(recordResults(new AwsSolutionsChecks(), () => undefined).validateScope(stack)).toEqual(plain);
  });
});

describe('exceptions', () => {
  test.each([
    ['everything acknowledged', [exception(), rest], '2026-06-01', 'pass', []],
    ['the last day', [exception(), rest], '2026-12-31', 'pass', ['expires soon', 'expires soon']],
    ['30 days before', [exception(), rest], '2026-12-01', 'pass', ['expires soon', 'expires soon']],
    ['31 days before', [exception(), rest], '2026-11-30', 'pass', ['in force', 'in force']],
    ['the day after', [exception(), rest], '2027-01-01', 'fail', ['expired', 'expired']],
    ['a finding without one', [exception()], '2026-06-01', 'fail', ['in force']],
    ['one for nothing', [exception(), rest, exception({ rules: [`${PACK}-L1`] })], '2026-06-01', 'fail', undefined],
    [
      'one of a pack that did not run',
      [exception(), rest, exception({ rules: ['CfnLint-W1'] })],
      '2026-06-01',
      'pass',
      undefined,
    ],
    [
      'one for an option that is off',
      [exception(), rest, exception({ rules: [`${PACK}-L1`], option: 'a.b' })],
      '2026-06-01',
      'pass',
      undefined,
    ],
    [
      'one that has expired while its option is off',
      [exception(), rest, exception({ rules: [`${PACK}-L1`], option: 'a.b', expires: '2026-05-31' })],
      '2026-06-01',
      'fail',
      ['in force', 'in force', 'expired'],
    ],
    ['nobody answers for it', [exception(), { ...rest, owner: '' as 'Security' }], '2026-06-01', 'fail', undefined],
  ] as const)('%s', (_, exceptions, asOf, verdict, states) => {
    const made = report(exceptions, asOf);
    expect(made.verdict).toBe(verdict);
    expect(made.problems.length > 0).toBe(verdict === 'fail');
    if (states?.length) expect(made.exceptions.map(({ state }) => state)).toEqual(states);
    expect(made.warnings).toHaveLength(made.exceptions.filter(({ state }) => state === 'expires soon').length);
  });

  test('the report names the resources each is for', () => {
    expect(report([exception(), rest]).exceptions.map(({ resources }) => resources)).toEqual([
      ['Stack/Open'],
      ['Stack/Closed'],
    ]);
  });

  test('the register fits its schema', () => {
    expect(registerProblems(EXCEPTIONS)).toEqual([]);
  });

  test('every mistake in an entry is told', () => {
    const wrong = {
      ...exception(),
      reason: 'because',
      owner: undefined,
      expires: '2025-13-01',
      resourceType: 'bucket',
    };
    expect(registerProblems([wrong as unknown as Exception]).map((text) => text.split(' ')[2])).toEqual(
      expect.arrayContaining(['reason', 'owner', 'expires', 'resourceType']),
    );
  });
});

describe('files', () => {
  const made = report([exception(), rest]);

  test('JSON holds the whole report, and the same input gives the same bytes', () => {
    expect(JSON.parse(reportJson(made))).toEqual(JSON.parse(JSON.stringify(made)));
    const again = report([exception(), rest], undefined, [...solutions].reverse());
    for (const write of [reportJson, reportCsv, reportPage]) expect(write(again)).toBe(write(made));
  });

  test('CSV has a line for each result', () => {
    expect(reportCsv(made).split('\r\n')).toHaveLength(made.results.length + 2);
  });

  test('a CSV cell is never a formula', () => {
    const formula = made.results.map((result) => ({ ...result, finding: '=1+1' }));
    expect(reportCsv({ ...made, results: formula })).toContain(`,"'=1+1",`);
  });

  test('controls are read from the end of a summary', () => {
    expect(controlIds('It is open - (Control IDs: AC-2(12), AU-3a).')).toEqual({
      text: 'It is open.',
      controls: ['AC-2(12)', 'AU-3a'],
    });
    expect(controlIds('It is open.')).toEqual({ text: 'It is open.', controls: [] });
  });

  test('the summary says what ran and what is wrong', () => {
    const lines = summaryLines(report([exception()]), ['report.html']).join('\n');
    expect(lines).toContain('AWS Solutions');
    expect(lines).toContain('AwsSolutions-S1 at Stack/Closed is not acknowledged');
  });
});

describe('page', () => {
  const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
  const inBrowser = chromium ? test : test.skip;
  const made = report([exception()], undefined, [...solutions, ...observe(new Broken())]);

  test('says nothing to the network and takes text for text', () => {
    const page = reportPage(made);
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/(?:src|href)="(?!#|data:|https:\/\/wiki)/);
    expect(page).toContain('<a href="https://wiki.acme.eu/1?a=&quot;b&quot;">proof</a>, commit 0123456789ab');
    expect(page).toContain('<code>golive &lt;thing&gt;</code>');
    expect(page).not.toContain('<primitive>');
  });

  /** The page after its script ran and `act` after it. */
  function render(act: string, ...more: string[]): string {
    const folder = mkdtempSync(join(tmpdir(), 'page-'));
    try {
      const file = join(folder, 'report.html');
      writeFileSync(file, reportPage(made).replace('</body>', `<script>${act}</script></body>`));
      const flags = [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--virtual-time-budget=2000',
        `--user-data-dir=${folder}/profile`,
        ...more,
      ];
      return execFileSync(String(chromium), [...flags, '--dump-dom', `file://${file}`], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  }
  /** What `audit` says in the page, by eye and by assistive technology; Chromium's 0 is dark, 1 is light. */
  function audited(scheme: 0 | 1): string[] {
    const script = readFileSync(join(__dirname, 'page-audit.js'), 'utf8');
    const act = `${script}; document.body.append(Object.assign(document.createElement('pre'), {
      id: 'audit', textContent: JSON.stringify(audit()) }));`;
    const dom = render(act, `--blink-settings=preferredColorScheme=${scheme}`, '--window-size=500,800');
    const json = /<pre id="audit">(.*?)<\/pre>/s.exec(dom)?.[1] ?? '["no audit"]';
    return JSON.parse(json.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'));
  }
  const rows = (dom: string) => /<tbody id="rows">(.*?)<\/tbody>/s.exec(dom)?.[1] ?? '';
  const number = (dom: string) => Number(/id="count"[^>]*>(\d+) results/.exec(dom)?.[1]);

  inBrowser(
    'lists what is not "not applicable", the worst first',
    () => {
      const dom = render('');
      expect(number(dom)).toBe(made.results.filter(({ verdict }) => verdict !== 'not applicable').length);
      expect(rows(dom).match(/<tr/g)).toHaveLength(number(dom));
      expect(rows(dom)).toMatch(/^<tr[^>]*><td[^>]*><span class="badge bad">error/);
    },
    60_000,
  );

  inBrowser.each([
    ['light', 1],
    ['dark', 0],
  ] as const)(
    'can be read and used by eye, keyboard and screen reader, in a narrow %s window',
    (_, scheme) => {
      expect(audited(scheme)).toEqual([]);
    },
    60_000,
  );

  inBrowser(
    'filters by verdict, pack, severity and words of the resource',
    () => {
      const dom = render(`
        const form = document.getElementById('filters');
        for (const box of form.querySelectorAll('[name=verdict]')) box.checked = box.value === '1';
        form.pack.value = '${PACK}'; form.severity.value = 'error'; form.resource.value = 'bucket closed';
        form.dispatchEvent(new Event('input'));`);
      const wanted = made.results.filter(
        ({ verdict, resource, rule }) =>
          verdict === 'non-compliant' && resource === 'Stack/Closed' && rule.startsWith(PACK),
      );
      expect(wanted).not.toHaveLength(0);
      expect(number(dom)).toBe(wanted.length);
      expect(rows(dom)).not.toContain('Stack/Open');
    },
    60_000,
  );
});
