import { moneyText } from '../../../lambda/payca/money';

test.each([
  ['12.3', 'EUR', '12.30 EUR'],
  ['1000', 'JPY', '1000 JPY'],
  ['1.5', 'KWD', '1.500 KWD'],
  ['0.00001', 'EUR', '0.00001 EUR'],
  ['-7', 'unknown', '-7.00 unknown'],
])('%s %s is written %s', (amount, currency, text) => {
  expect(moneyText(amount, currency)).toBe(text);
});
