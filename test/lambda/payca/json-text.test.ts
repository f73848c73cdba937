import fc from 'fast-check';
import { rewriteScalars } from '../../../lambda/payca/json-text';
import { hideOneTimeCode } from '../../../lambda/receive-webhook/one-time-code';

test('a rewrite that changes nothing gives every byte back', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(4), (value, indent) => {
      const json = JSON.stringify(value, undefined, indent);
      expect(rewriteScalars(json, () => undefined)).toBe(json);
    }),
  );
});

test('every scalar is met once, with its path, and keys are told from values', () => {
  const seen: string[] = [];
  rewriteScalars('{"a":[1,{"b":"x"}],"c":{"d":true,"e":null},"f":-1.5e3}', ({ text, isKey, path }) => {
    if (!isKey) seen.push(`${path.join('.')}=${text}`);
    return undefined;
  });
  expect(seen).toEqual(['a=1', 'a.b="x"', 'c.d=true', 'c.e=null', 'f=-1.5e3']);
});

test('braces, commas and quotes inside strings are only text', () => {
  const json = '{"a":"{\\"code\\":1}, [","data":{"code":"x,y","other":"\\\\"}}';
  expect(JSON.parse(hideOneTimeCode(json))).toEqual({ a: '{"code":1}, [', data: { code: '[encrypted]', other: '\\' } });
});

test('a code is hidden whatever it is and however often it stands there; others stay', () => {
  const hide = (json: string) => hideOneTimeCode(json);
  expect(hide('{"data":{"code":123,"code":"456","n":{"code":"7"}},"code":"8"}')).toBe(
    '{"data":{"code":"[encrypted]","code":"[encrypted]","n":{"code":"7"}},"code":"8"}',
  );
});
