import { RUNBOOK, SECTIONS } from '../../../lib/runbook/lines';
import { acts } from '../../../rehearsal/acts';

/**
 * The runbook's lines in its order: what each is about, and its owner where the runbook names one. Compared by hand with
 * the runbook itself, which is PayCA's and not in this repository.
 */
const LINES: Readonly<Record<string, readonly (readonly [about: RegExp, owner?: string])[]>> = {
  '1': [
    [/issued the production client id and client secret/, 'Engineering'],
    [/vault.*nowhere in plain text/, 'Engineering'],
    [/sandbox keys have been changed/, 'Engineering'],
    [/pipelines/, 'DevOps'],
  ],
  '2': [[/endpoint.*TLS 1\.2/], [/address ranges/], [/Client certificates/], [/Logs and metrics/]],
  '3': [
    [/BIN catalogue.*fee tiers, currencies/],
    [/prefunded before the first production authorization/, 'Treasury'],
    [/users and cards.*optional dry run/],
    [/webhook subscriptions/],
  ],
  '4': [
    [/health call/],
    [/user can be created and removed/],
    [/test card.*issued and voided/],
    [/zero-amount authorization/],
    [/money moves.*ledger and webhook/],
    [/Request and response ids/],
  ],
  '5': [
    [/authorizations, settlements, refunds and fees/],
    [/1 % of webhooks failing within 5 minutes/],
    [/balance under the internal threshold/],
    [/ErrRateLimited/],
    [/decline rate over the expected baseline/],
    [/runbook page.*escalation/],
  ],
  '6': [
    [/PayCA error codes/],
    [/escalation matrix.*hotline and e-mail/],
    [/Texts for customers/],
    [/incident.*tracker/],
  ],
  '7': [[/KYC and AML/], [/webhooks, ledger exports and audit logs/], [/PCI segmentation/], [/continuity/]],
  '8': [
    [/^T-24h.*sandbox and production/, 'Ops'],
    [/^T-12h.*funded/, 'Treasury'],
    [/^T-2h.*sandbox automation/, 'Engineering'],
    [/^T-1h.*smoke test/, 'Engineering'],
    [/^T: .*change window.*war room/, 'All'],
    [/^T\+2h.*debrief.*forward or back/, 'Programme lead'],
  ],
  '9': [
    [/hourly for the first 48 hours/, 'Analytics'],
    [/first day's fees agree with PayCA's statement/, 'Finance'],
    [/Feedback and tickets/, 'CX'],
    [/retrospective.*within a week/, 'Programme lead'],
  ],
  A: [[/launch document/], [/dashboards/], [/incident log/], [/account manager has confirmed/]],
};
const COUNTS = { '1': 4, '2': 4, '3': 4, '4': 6, '5': 6, '6': 4, '7': 4, '8': 6, '9': 4, A: 4 };

const each = Object.entries(LINES).flatMap(([section, lines]) =>
  lines.map(([about, owner], index) => ({ id: `${section}.${index + 1}`, about, owner })),
);

test('no line of the runbook is missing, none is there twice, and all are in its order', () => {
  expect(Object.fromEntries(Object.entries(LINES).map(([section, lines]) => [section, lines.length]))).toEqual(COUNTS);
  expect(RUNBOOK.map(({ id }) => id)).toEqual(each.map(({ id }) => id));
});

test.each(each)('$id is about $about', ({ id, about, owner }) => {
  const line = RUNBOOK.find((candidate) => candidate.id === id);
  expect(line?.text).toMatch(about);
  if (owner) expect(line?.owner).toBe(owner);
});

test('every line has a section, two different people and a way to show it', () => {
  for (const { id, owner, deputy, evidence, kind } of RUNBOOK) {
    expect(SECTIONS[id.split('.')[0] ?? '']).toBeDefined();
    expect([id, deputy]).not.toEqual([id, owner]);
    expect(evidence.startsWith('sign-off')).toBe(kind === 'attested');
  }
});

test('every act that a line names is in the rehearsal', () => {
  const known = acts.map(({ id }) => id);
  const named = RUNBOOK.flatMap(({ act }) => act ?? []);
  expect(named.filter((act) => !known.includes(act))).toEqual([]);
  expect(named).toContain('edge');
});
