import { against, compare, countLine, problemLines, resultsCsv } from '../../cli/cards';
import type { ManifestEntry } from '../../lambda/load-cards/manifest';
import type { MatchAnswer } from '../../lambda/load-cards/match';
import type { Step } from '../../lambda/load-cards/state';

const ENTRY: ManifestEntry = {
  row: 2,
  user: { ownId: 'ada', meta: {}, paycaId: 'p-1' },
  cards: [{ row: 2, ref: 'c1', bin: '411111', currency: 'EUR', paycaId: 'k-1' }],
};
const step = (state: Step['state'], id?: string): Step => ({ state, attempt: 1, id });
const problems = (user?: Step, card?: Step) =>
  problemLines(
    against([ENTRY], { users: new Map(user ? [['ada', user]] : []), cards: new Map(card ? [['c1', card]] : []) }),
  );

test('a file is held against what earlier loads made', () => {
  expect(problems()).toEqual([]);
  expect(problems(step('done', 'p-1'), step('done', 'k-1'))).toEqual([]);
  expect(problems(step('done', 'p-2'), step('done', 'k-2'))).toEqual([
    'line 2, payca_user_id: is not the id that PayCA gave in an earlier load',
    'line 2, payca_card_id: is not the id that PayCA gave in an earlier load',
  ]);
  expect(problems(step('doubt'), step('doubt'))).toEqual([
    'line 2, user_id: is in doubt since an earlier load: golive cards settle',
    'line 2, card_ref: is in doubt since an earlier load: golive cards settle',
  ]);
});

test('a dry run passes or fails by what PayCA said, and has no verdict where PayCA could not be asked', async () => {
  const differs = { line: 2, column: 'user_id', text: 'is not the id that PayCA has for this user' };
  const judged = async (...answers: MatchAnswer[]) => {
    const queue = answers.values();
    return compare([ENTRY], { match: async () => queue.next().value as MatchAnswer });
  };
  const compared = { result: 'compared', compared: 2, problems: [] } as const;
  expect(await judged(compared)).toEqual({ problems: [], verdict: 'pass' });
  expect(await judged({ ...compared, problems: [differs] })).toEqual({ problems: [differs], verdict: 'fail' });
  expect(await judged({ ...compared, compared: 1 }, { ...compared, result: 'silence', compared: 0 })).toEqual({
    problems: [{ line: 1, text: 'PayCA was not asked for 1 of its ids: it does not answer' }],
    verdict: 'no-data',
  });
  expect(await judged({ ...compared, result: 'no-credentials', compared: 0 })).toMatchObject({ verdict: 'no-data' });
  expect(await judged({ result: 'silence', compared: 1, problems: [differs] })).toMatchObject({ verdict: 'fail' });
});

test('of very many problems the first ones are told, and how many more', () => {
  const many = Array.from({ length: 60 }, (_, index) => ({ line: index + 2, text: 'must have 9 fields, has 3' }));
  expect(problemLines(many)).toHaveLength(51);
  expect(problemLines(many).at(-1)).toBe('... and 10 more problems');
});

test('the counts are told as a sum', () => {
  const counts = { rows: 10, done: 6, failed: 2, inDoubt: 1, open: 1 };
  expect(countLine(counts)).toBe('10 rows = 6 done + 2 failed + 1 in doubt + 1 open');
});

test('the results are CSV that no spreadsheet takes for a formula', () => {
  const rows = [
    {
      row: 2,
      userId: '-1+2',
      cardRef: 'c1',
      paycaUserId: 'p',
      paycaUserAccountId: 'a',
      paycaCardId: 'k',
      state: 'done',
    },
    { row: 3, cardRef: 'c2', state: 'failed', reason: 'ErrConflict 409', requestId: 'r' },
  ] as const;
  expect(resultsCsv(rows).split('\r\n')).toEqual([
    'row,user_id,card_ref,payca_user_id,payca_user_account_id,payca_card_id,state,reason,request_id',
    `2,"'-1+2",c1,p,a,k,done,,`,
    '3,,c2,,,,failed,ErrConflict 409,r',
    '',
  ]);
});
