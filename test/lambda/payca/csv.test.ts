import { csvCell } from '../../../lambda/payca/csv';

test.each([
  ['=1+1', `"'=1+1"`],
  ['+1', `"'+1"`],
  ['-1+1', `"'-1+1"`],
  ['-', `"'-"`],
  ['--1', `"'--1"`],
  ['@SUM(A1)', `"'@SUM(A1)"`],
  ['\t=1', `"'\t=1"`],
  ['\r=1', `"'\r=1"`],
  ['\n=1', `"'\n=1"`],
  ['-1', '-1'],
  ['-12.50', '-12.50'],
  ['12.50', '12.50'],
  ['a "b", c', '"a ""b"", c"'],
  ['Stack/Open', 'Stack/Open'],
  [undefined, ''],
])('the cell %j is written as %s', (value, cell) => {
  expect(csvCell(value)).toBe(cell);
});
