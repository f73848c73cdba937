import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { variableLines, variablesOf } from '../../cli/env';
import { OperatorError } from '../../cli/stage';
import { PIPELINE_VARIABLES } from '../../lib/config/names';
import { parseStages, type StageConfig } from '../../lib/config/schema';
import { minimal } from '../config/stage';

const config = parseStages([minimal])[0] as StageConfig;
const parameter = (name: string, Value = `value of ${name}`) => ({ Name: `/payca/production/${name}`, Value });
const all = PIPELINE_VARIABLES.map((name) => parameter(name));

test('variables are named by the end of their path, in order', () => {
  expect(Object.keys(variablesOf(config, all.toReversed()))).toEqual(PIPELINE_VARIABLES);
  expect(variablesOf(config, all).PAYCA_BASE_URL).toBe('value of PAYCA_BASE_URL');
});

test('one that is missing is an error that names it, and nothing is printed', () => {
  expect(() => variablesOf(config, all.slice(1))).toThrow(
    new OperatorError(
      'parameters under /payca/production in account 210987654321, eu-central-1: PAYCA_ARCHIVE_BUCKET not there; deploy this version first, or check the account that you are signed in to',
    ),
  );
});

test.each(['PATH', 'NODE_OPTIONS', 'payca', 'PAYCA_X;id', 'PAYCA_'])(
  'a parameter %s beside ours sets nothing in a pipeline',
  (name) => {
    expect(variablesOf(config, [...all, parameter(name)])).not.toHaveProperty([name]);
  },
);

test.each(['a\nPATH=/tmp', 'a\rb', 'a\0b'])(
  'a value with a control character is refused and not shown: %j',
  (value) => {
    for (const format of ['shell', 'dotenv', 'github'] as const) {
      expect(() => variableLines({ PAYCA_X: value }, format)).toThrow(
        new OperatorError('the parameter PAYCA_X holds a control character (not shown)'),
      );
    }
  },
);

test('what needs no quotes has none, in any format', () => {
  const arn = 'arn:aws:events:eu-central-1:210987654321:event-bus/payca';
  for (const format of ['shell', 'dotenv', 'github'] as const) {
    expect(variableLines({ PAYCA_X: arn }, format)).toEqual([`PAYCA_X=${arn}`]);
  }
});

test.each(['dotenv', 'github'] as const)('%s takes a value as it is', (format) => {
  expect(variableLines({ PAYCA_X: "it's $HOME" }, format)).toEqual(["PAYCA_X=it's $HOME"]);
});

test('a shell understands every value as it was meant', () => {
  const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !/\p{Cc}/u.test(text));
  const nasty = ["it's", '$(id)', '`id`', '~', 'a b', '*', '\\', '"', ';', '!x', '#', '-n', '=', 'ä'];
  fc.assert(
    fc.property(fc.array(fc.oneof(value, fc.constantFrom(...nasty)), { minLength: 40, maxLength: 60 }), (values) => {
      const names = values.map((_, index) => `PAYCA_V${index}`);
      const lines = variableLines(Object.fromEntries(values.map((text, index) => [`PAYCA_V${index}`, text])), 'shell');
      const script = `eval "$1"; printf '%s\\n' ${names.map((name) => `"$${name}"`).join(' ')}`;
      const heard = execFileSync('sh', ['-c', script, 'sh', lines.join('\n')], { encoding: 'utf8' });
      expect(heard.split('\n').slice(0, -1)).toEqual(values);
    }),
    { numRuns: 5 },
  );
});
