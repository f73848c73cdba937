import type { Template } from '../../rehearsal/template';
import { resolved } from './deployment';

/** A place in the text of `Fn::Sub`. */
const at = (name: string) => `\${${name}}`;

/** What a property resolves to beside a queue, a table and a parameter; or the problem. */
function value(X: unknown, more: Partial<Template> = {}, exports = {}): unknown {
  const { resources, problems } = resolved(
    {
      Parameters: { Size: { Type: 'Number', Default: 7 }, Zones: { Type: 'CommaDelimitedList', Default: 'a,b' } },
      ...more,
      Resources: {
        Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'inbound' } },
        Table: { Type: 'AWS::DynamoDB::Table' },
        Subject: { Type: 'AWS::Lambda::Function', Properties: { X } },
        ...more.Resources,
      },
    },
    exports,
  );
  return problems[0] ?? resources.find(({ logicalId }) => logicalId === 'Subject')?.properties.X;
}

const conditions = {
  Yes: { 'Fn::Equals': [{ Ref: 'Size' }, 7] },
  No: { 'Fn::Not': [{ Condition: 'Yes' }] },
  Both: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] },
  Any: { 'Fn::Or': [{ Condition: 'No' }, { Condition: 'Yes' }] },
};

test.each<[string, unknown, unknown]>([
  ['Ref of a parameter', { Ref: 'Size' }, 7],
  ['Ref of a list parameter', { Ref: 'Zones' }, ['a', 'b']],
  ['Ref of a resource', { Ref: 'Queue' }, 'https://sqs.eu-central-1.amazonaws.com/210987654321/inbound'],
  ['Ref of a pseudo parameter', { Ref: 'AWS::Region' }, 'eu-central-1'],
  ['Fn::GetAtt', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:aws:sqs:eu-central-1:210987654321:inbound'],
  ['Fn::GetAtt as text', { 'Fn::GetAtt': 'Queue.QueueName' }, 'inbound'],
  ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'Size' }]] }, 'a-7'],
  ['Fn::Split', { 'Fn::Split': ['|', 'a|b'] }, ['a', 'b']],
  ['Fn::Select', { 'Fn::Select': ['1', { 'Fn::Split': ['|', 'a|b'] }] }, 'b'],
  ['Fn::Base64', { 'Fn::Base64': 'abc' }, 'YWJj'],
  ['Fn::GetAZs', { 'Fn::GetAZs': '' }, ['eu-central-1a', 'eu-central-1b', 'eu-central-1c']],
  [
    'Fn::Sub',
    { 'Fn::Sub': `${at('Queue.Arn')}, ${at('AWS::Region')}, ${at('!Literal')}` },
    `arn:aws:sqs:eu-central-1:210987654321:inbound, eu-central-1, ${at('Literal')}`,
  ],
  ['Fn::Sub with variables', { 'Fn::Sub': [`${at('a')}/${at('Size')}`, { a: { Ref: 'AWS::Partition' } }] }, 'aws/7'],
  ['Fn::FindInMap', { 'Fn::FindInMap': ['Map', { Ref: 'AWS::Region' }, 'size'] }, 'big'],
  ['Fn::ImportValue', { 'Fn::ImportValue': 'bus' }, 'the-bus'],
  ['Fn::If', [{ 'Fn::If': ['Yes', 'yes', 'no'] }, { 'Fn::If': ['No', 'yes', 'no'] }], ['yes', 'no']],
  ['Fn::And and Fn::Or', [{ 'Fn::If': ['Both', 1, 2] }, { 'Fn::If': ['Any', 1, 2] }], [2, 1]],
  ['AWS::NoValue', { a: { Ref: 'AWS::NoValue' }, b: [{ Ref: 'AWS::NoValue' }, 1] }, { b: [1] }],
])('%s is resolved', (_, given, expected) => {
  const Mappings = { Map: { 'eu-central-1': { size: 'big' } } };
  expect(value(given, { Mappings, Conditions: conditions }, { bus: 'the-bus' })).toEqual(expected);
});

test.each<[unknown, string]>([
  [{ 'Fn::Length': [] }, 'unknown function Fn::Length'],
  [{ 'Fn::Transform': {} }, 'unknown function Fn::Transform'],
  [{ Ref: 'Nothing' }, 'Ref names Nothing, which is neither a resource nor a parameter'],
  [{ 'Fn::Sub': at('Nothing.Arn') }, 'Fn::GetAtt Arn names Nothing, which is neither a resource nor a parameter'],
  [{ 'Fn::GetAtt': ['Queue', 'Colour'] }, 'unknown attribute Colour of Queue (AWS::SQS::Queue)'],
  [{ 'Fn::GetAtt': ['Odd', 'Arn'] }, 'Fn::GetAtt Arn of Odd: unknown type AWS::Odd::Thing'],
  [{ 'Fn::FindInMap': ['Map', 'a', 'b'] }, 'Fn::FindInMap: no Map.a.b'],
  [{ 'Fn::Select': [2, ['a']] }, 'Fn::Select: no item 2 in a list of 1'],
  [{ 'Fn::ImportValue': 'none' }, 'no export none'],
  [{ 'Fn::If': ['Unknown', 1, 2] }, 'unknown condition Unknown'],
])('%j is a problem that names it', (given, problem) => {
  expect(value(given, { Resources: { Odd: { Type: 'AWS::Odd::Thing' } } })).toBe(`payca-test.Subject: ${problem}`);
});

test('a parameter without a value, a condition function and an output that are not known', () => {
  expect(value({ Ref: 'Open' }, { Parameters: { Open: { Type: 'String' } } })).toBe(
    'payca-test.Subject: parameter Open has no default',
  );
  const odd = { Conditions: { Odd: { 'Fn::Contains': [] } } };
  const Subject = { Type: 'AWS::SQS::Queue', Condition: 'Odd' };
  expect(resolved({ ...odd, Resources: { Subject } }).problems).toEqual([
    'payca-test.Subject: unknown condition function Fn::Contains',
  ]);
  expect(resolved({ Outputs: { Url: { Value: { Ref: 'Nothing' } } } }).problems).toEqual([
    'payca-test.Outputs.Url: Ref names Nothing, which is neither a resource nor a parameter',
  ]);
});

test('all problems of a stack are collected', () => {
  const broken = { Type: 'AWS::SQS::Queue', Properties: { X: { Ref: 'Nothing' } } };
  expect(resolved({ Resources: { First: broken, Second: broken } }).problems).toHaveLength(2);
});

test('what a condition leaves out is not there', () => {
  const { resources, outputs } = resolved({
    Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } },
    Resources: {
      Absent: { Type: 'AWS::SQS::Queue', Condition: 'Never' },
      Present: { Type: 'AWS::SQS::Queue' },
    },
    Outputs: { Absent: { Value: 1, Condition: 'Never' }, Present: { Value: 2 } },
  });
  expect(resources.map(({ logicalId }) => logicalId)).toEqual(['Present']);
  expect(outputs).toEqual({ Present: 2 });
});

describe('circles', () => {
  const queue = (X: unknown, DependsOn?: string) => ({ Type: 'AWS::SQS::Queue', Properties: { X }, DependsOn });

  test.each([
    ['two references', { A: queue({ Ref: 'B' }), B: queue({ 'Fn::GetAtt': ['A', 'Arn'] }) }, 'A -> B -> A'],
    ['a reference and a dependency', { A: queue({ 'Fn::Sub': at('B.Arn') }), B: queue(0, 'A') }, 'A -> B -> A'],
    ['itself', { A: queue({ Ref: 'A' }) }, 'A -> A'],
  ])('%s are found', (_, Resources, circle) => {
    expect(resolved({ Resources }).problems).toEqual([`payca-test: circular reference ${circle}`]);
  });

  test('through names they are found too', () => {
    const named = (other: string) => ({ Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: other } } });
    expect(resolved({ Resources: { A: named('B'), B: named('A') } }).problems[0]).toContain(
      'circular reference through the name of',
    );
  });

  test('a chain is none', () => {
    expect(resolved({ Resources: { A: queue({ Ref: 'B' }), B: queue({ Ref: 'C' }), C: queue(0) } }).problems).toEqual(
      [],
    );
  });
});

test('names that the template leaves open are the same every time and differ between resources', () => {
  const Resources = { A: { Type: 'AWS::S3::Bucket' }, B: { Type: 'AWS::S3::Bucket' } };
  const [first, second] = [resolved({ Resources }), resolved({ Resources })];
  expect(second).toEqual(first);
  expect(new Set(first.resources.map(({ arn }) => arn)).size).toBe(2);
});
