import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Doubts } from '../../../lambda/import-bins/examine';
import { Office } from './office';
import { catalogue, currencyTotal, row } from './rows';

let office: Office;
beforeEach(() => {
  office = new Office();
});
afterEach(() => office.close());

const A = catalogue(row('411111', 'EUR', '2.50'), row('522222', 'USD', '3.00'));
const B = catalogue(row('411111', 'EUR', '2.60'), row('533333', 'USD', '3.00'));

describe('import', () => {
  test('a dry run keeps nothing and says what an import would say', async () => {
    const outcome = await office.import(A, true);
    expect(outcome).toMatchObject({ result: 'examined', rows: 2, summary: { doubts: 0, payca: 'not-offered' } });
    expect(office.remembered.size).toBe(0);
    expect([...office.objects.keys()].filter((key) => /versions/.test(key))).toEqual([]);
  });

  test('an import keeps a version with its report, and nothing is in force', async () => {
    const outcome = await office.import(A);
    expect(outcome).toMatchObject({
      result: 'imported',
      isNew: true,
      inForce: false,
      version: {
        version: expect.stringMatching(/^20270108T1000\d\dZ-[0-9a-f]{8}$/),
        rows: 2,
        source: { name: 'catalogue.csv' },
      },
    });
    expect(office.inForce).toBeUndefined();
    expect(office.records).toEqual([]);
    expect(currencyTotal(outcome)).toEqual({ EUR: 1, USD: 1 });
  });

  test('a bad file leaves its problems and nothing else', async () => {
    const outcome = await office.import(`${A}411111,EUR,visa,9.99\n`);
    expect(outcome).toMatchObject({ result: 'unusable', count: 1 });
    expect(office.remembered.size).toBe(0);
    const [path] = [...office.objects.keys()].filter((key) => key.endsWith('problems.txt'));
    expect(path).toMatch(/^bins\/trials\//);
    expect(office.objects.get(path ?? '')).toBe(
      'line 4, bin: must be unique in EUR: the first is in line 2, got "411111"\n',
    );
  });

  test('the same rows in another order are the same version', async () => {
    const version = await office.version(A);
    const again = await office.import(catalogue(row('522222', 'USD', '3.00'), row('411111', 'EUR', '2.50')));
    expect(again).toMatchObject({ result: 'imported', isNew: false, version: { version } });
  });

  test('the same file at once is one version', async () => {
    const outcomes = await Promise.all([office.import(A), office.import(A)]);
    const kept = outcomes.flatMap((outcome) => (outcome.result === 'imported' ? [outcome] : []));
    expect(new Set(kept.map(({ version }) => version.version)).size).toBe(1);
    expect(kept.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  test('of many doubts the page has the first, the CSV all, and memory no more than the page', async () => {
    const lines = Array.from({ length: 600 }, (_, index) => `${411000 + index},EUR,visa,0-1:0.10|1-:0.20`);
    const outcome = await office.import(`bin,currencyCode,provider,authorization\n${lines.join('\n')}\n`);
    if (outcome.result !== 'imported') throw new Error();
    const { report, summary } = outcome.version;
    expect(summary.doubts).toBe(600);
    expect(office.objects.get(`${report}report.csv`)?.match(/^file,/gm)).toHaveLength(600);
    expect(office.objects.get(`${report}report.html`)).toContain('The first 500 of 600');
    const directory = mkdtempSync(join(tmpdir(), 'doubts-'));
    const doubts = new Doubts(directory);
    for (let index = 0; index < 600; index += 1)
      doubts.add({ side: 'file', bin: '411111', currency: 'EUR', column: 'decline', note: 'which?' });
    doubts.csv.end();
    rmSync(directory, { recursive: true });
    expect([doubts.count, doubts.first.length]).toEqual([600, 500]);
  });

  test('the report has what changes', async () => {
    await office.confirm(await office.version(A));
    const outcome = await office.import(B);
    if (outcome.result !== 'imported') throw new Error();
    expect(outcome.version.summary.currencies).toEqual({
      EUR: { rows: 1, added: 0, changed: 1, removed: 0 },
      USD: { rows: 1, added: 1, changed: 0, removed: 1 },
    });
    const csv = office.objects.get(`${outcome.version.report}report.csv`)?.split('\r\n');
    expect(csv).toEqual([
      'compared with,BIN,currency,column,there,here,what',
      'in force,411111,EUR,issueFee,2.50,2.60,changed',
      'in force,522222,USD,bin,"provider visa, issueFee 3.00",,"in force, and not in the file"',
      'in force,533333,USD,bin,,"provider visa, issueFee 3.00",new',
      '',
    ]);
  });
});

describe('confirm', () => {
  test('puts a version in force and records it', async () => {
    const version = await office.version(A);
    expect(await office.confirm(version)).toMatchObject({ result: 'in-force', version });
    expect(office.inForce).toBe(version);
    expect((await office.reader.current())?.rows).toMatchObject([{ bin: '411111' }, { bin: '522222' }]);
    expect(office.records).toMatchObject([
      { line: '3.1', verdict: 'pass', actor: 'finance', details: { version, rows: 2, former: 'none', findings: 0 } },
    ]);
  });

  test('once more changes nothing, and records what could not be recorded', async () => {
    const version = await office.version(A);
    office.recordFails = true;
    await expect(office.confirm(version)).rejects.toThrow('the chain is broken');
    expect(office.inForce).toBe(version);
    const before = office.remembered.get('current');
    office.recordFails = false;
    expect(await office.confirm(version)).toMatchObject({ result: 'in-force' });
    expect(office.remembered.get('current')).toBe(before);
    expect(office.records).toHaveLength(1);
  });

  test('once more names the former one, also when the same rows were imported again meanwhile', async () => {
    const one = await office.version(A);
    await office.confirm(one);
    const next = await office.version(B);
    await office.confirm(next);
    await office.import(B);
    expect(await office.confirm(next)).toMatchObject({ result: 'in-force', version: next, former: one });
    expect(office.records.at(-1)?.details).toMatchObject({ former: one });
  });

  test.each([
    ['an unknown version', async () => 'none', /there is no version none; there are: 2027/],
    [
      'one that was compared with another',
      async () => {
        const other = await office.version(B);
        await office.confirm(await office.version(A));
        return other;
      },
      /was compared with none, and .* is in force now: import the file again/,
    ],
  ])('refuses %s', async (_name, prepare, reason) => {
    await office.version(A);
    const version = await prepare();
    const before = office.inForce;
    expect(await office.confirm(version)).toEqual({ result: 'refused', reason: expect.stringMatching(reason) });
    expect(office.inForce).toBe(before);
  });

  test('of two at once one is in force, and the other is told', async () => {
    const [one, other] = [await office.version(A), await office.version(B)];
    const outcomes = await Promise.all([office.confirm(one), office.confirm(other)]);
    expect(outcomes.map(({ result }) => result).sort()).toEqual(['in-force', 'refused']);
    const winner = outcomes.findIndex(({ result }) => result === 'in-force');
    expect(office.inForce).toBe([one, other][winner]);
    expect(outcomes[1 - winner]).toMatchObject({ reason: expect.stringMatching(/faster|in force now/) });
    expect(office.records).toHaveLength(1);
  });

  test('rows that were tampered with do not come into force', async () => {
    const version = await office.version(A);
    const key = `bins/versions/${version}/rows.ndjson`;
    office.objects.set(key, (office.objects.get(key) ?? '').replace('2.50', '0.00'));
    expect(await office.confirm(version)).toMatchObject({
      result: 'refused',
      reason: expect.stringContaining('its hash differs'),
    });
    expect(office.inForce).toBeUndefined();
  });

  test.each([
    [
      'a doubt',
      { state: 'not-offered' } as const,
      'bin,currencyCode,provider,authorization\n411111,EUR,visa,0-1:0.10|1-:0.20\n',
    ],
    ['an unknown side of PayCA', { state: 'not-read', reason: 'down' } as const, A],
  ])('%s is accepted by name only', async (_name, live, content) => {
    office.live = live;
    const version = await office.version(content);
    expect(await office.confirm(version)).toMatchObject({
      result: 'refused',
      reason: expect.stringMatching(/^1 findings/),
    });
    expect(await office.confirm(version, 'asked PayCA')).toMatchObject({ result: 'in-force' });
    expect(office.records[0]?.details).toMatchObject({ findings: 1, confirmed: { reason: 'asked PayCA' } });
  });
});

describe('rollback', () => {
  const reason = 'wrong fees';

  test('goes back in one step, and forth again', async () => {
    const one = await office.version(A);
    await office.confirm(one);
    const next = await office.version(B);
    await office.confirm(next);
    expect(await office.ask({ do: 'rollback', version: one, actor: 'jo', reason })).toMatchObject({
      result: 'in-force',
      version: one,
      former: next,
    });
    expect(office.inForce).toBe(one);
    expect(office.records.at(-1)?.details).toMatchObject({
      rolledBack: { by: 'jo', from: next, reason },
      confirmed: { by: 'finance' },
    });
    expect(await office.ask({ do: 'rollback', version: next, actor: 'jo', reason })).toMatchObject({
      result: 'in-force',
    });
  });

  test('asked again it is told as done, and recorded if it could not be recorded', async () => {
    const one = await office.version(A);
    await office.confirm(one);
    const next = await office.version(B);
    await office.confirm(next);
    const ask = (actor: string) => office.ask({ do: 'rollback', version: one, actor, reason });
    office.recordFails = true;
    await expect(ask('jo')).rejects.toThrow('the chain is broken');
    office.recordFails = false;
    const before = office.remembered.get('current');
    expect(await ask('jo')).toMatchObject({ result: 'in-force', version: one, former: next });
    expect(office.records.at(-1)?.details).toMatchObject({ rolledBack: { by: 'jo', from: next, reason } });
    expect(office.remembered.get('current')).toBe(before);
    expect(await ask('another')).toMatchObject({ result: 'refused', reason: `${one} is in force` });
  });

  test('not to rows that were tampered with', async () => {
    const one = await office.version(A);
    await office.confirm(one);
    const next = await office.version(B);
    await office.confirm(next);
    office.objects.set(`bins/versions/${one}/rows.ndjson`, '{"bin":"411111"}\n');
    expect(await office.ask({ do: 'rollback', version: one, actor: 'jo', reason })).toMatchObject({
      result: 'refused',
      reason: expect.stringContaining('its hash differs'),
    });
    expect(office.inForce).toBe(next);
  });

  test('not to what was never in force, to what is, or from nothing', async () => {
    const one = await office.version(A);
    const back = (version: string) => office.ask({ do: 'rollback', version, actor: 'jo', reason });
    expect(await back(one)).toMatchObject({ result: 'refused', reason: 'no catalogue is in force' });
    await office.confirm(one);
    const next = await office.version(B);
    expect(await back(next)).toMatchObject({ reason: `${next} was not in force before; these were: none` });
    expect(await back(one)).toMatchObject({ reason: `${one} is in force` });
  });
});

describe('diff', () => {
  test('fails while PayCA has it otherwise, and changes nothing', async () => {
    await office.confirm(await office.version(A));
    office.live = {
      state: 'read',
      currencies: new Set(['EUR']),
      bins: new Map([['411111 EUR', { issueFee: '2.51' }]]),
      currenciesOf: new Map([['411111', ['EUR']]]),
    };
    const outcome = await office.ask({ do: 'compare', actor: 'finance', record: true });
    expect(outcome).toMatchObject({ result: 'compared', verdict: 'fail', summary: { differences: 2 } });
    expect(office.records.at(-1)).toMatchObject({ line: '3.1', verdict: 'fail' });
  });

  test('what is in force and was tampered with, or is gone, is told without what stands in it', async () => {
    const version = await office.version(A);
    await office.confirm(version);
    const key = `bins/versions/${version}/rows.ndjson`;
    office.objects.set(key, '{"bin":"411111" secret');
    const compare = { do: 'compare', actor: 'finance', record: true } as const;
    const told = 'its hash differs|has a line that was not imported';
    expect(await office.ask(compare)).toEqual({ result: 'refused', reason: expect.stringMatching(told) });
    office.objects.set(key, '{"bin":"411111" secret\n');
    expect(await office.ask(compare)).toEqual({ result: 'refused', reason: expect.stringMatching(told) });
    expect(await office.import(B)).toEqual({ result: 'refused', reason: expect.stringMatching(told) });
    office.objects.delete(key);
    expect(await office.ask(compare)).toEqual({ result: 'refused', reason: `${key} is not there any more` });
    expect(office.inForce).toBe(version);
  });

  test('no data where PayCA shows no BINs, or nothing is in force', async () => {
    expect(await office.ask({ do: 'compare', actor: 'finance', record: true })).toMatchObject({ result: 'refused' });
    await office.confirm(await office.version(A));
    expect(await office.ask({ do: 'compare', actor: 'finance', record: false })).toMatchObject({ verdict: 'no-data' });
  });
});
