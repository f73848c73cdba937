import { runbookLines, runbookState } from '../../cli/runbook';
import { readSignOffs, type SignOffs } from '../../lib/runbook/sign-offs';

const { signOffs: read } = readSignOffs(
  `
lines:
  - { id: X.1, text: The board has been told, owner: Board office, deputy: Finance }
signOffs:
  - { line: "6.1", at: "2026-12-01T09:30:00Z", link: https://wiki.acme.eu/1, version: "0123456789ab" }
`,
  () => '0123456789abcdef0123456789abcdef01234567',
);
const signOffs = read as SignOffs;

test('the lines of an owner, with what shows them', () => {
  expect(runbookLines(runbookState(signOffs, 'cx'))).toEqual([
    '6  Support Readiness',
    '  6.1  First-line agents know the common PayCA error codes',
    '       attested, CX (deputy Ops): signed off by commit 0123456789ab at 2026-12-01T09:30:00Z, https://wiki.acme.eu/1; shown by: sign-off with the training record and the version of the support pack',
    "  6.2  The escalation matrix has PayCA's hotline and e-mail, day and night",
    '       attested, CX (deputy Ops): not signed off; shown by: sign-off with the matrix, or record of `golive support-pack --record`',
    '  6.3  Texts for customers are ready, for declined cards and for an outage',
    '       attested, CX (deputy Programme lead): not signed off; shown by: sign-off with the texts, or record of `golive support-pack --record`',
    '',
    '9  Post-Launch',
    '  9.3  Feedback and tickets of customers are gathered',
    '       attested, CX (deputy Programme lead): not signed off; shown by: sign-off with the summary, or the record of `golive launch feedback`',
    '',
    '4 lines: 0 of 0 automated ones are rehearsed, 1 of 4 attested ones are signed off.',
  ]);
});

test("all lines, also the team's own, and the act that rehearses one", () => {
  const lines = runbookState(signOffs);
  expect(lines).toHaveLength(signOffs.lines.length);
  expect(lines.find(({ id }) => id === '2.1')).toMatchObject({ shown: true, state: 'rehearsed by the act edge' });
  expect(lines.at(-1)).toMatchObject({ id: 'X.1', section: "The team's own", shown: false, state: 'not signed off' });
  expect(runbookState(signOffs, 'Board office')).toHaveLength(1);
  expect(runbookState(signOffs, 'nobody')).toEqual([]);
});
