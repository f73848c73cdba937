import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { parse } from 'yaml';
import { detailType, EVENT_SOURCE, webhookFacts } from '../lambda/payca/events';
import { acts } from '../rehearsal/acts';
import { matchesPattern } from '../rehearsal/event-pattern';
import type { Json } from '../rehearsal/template';
import { forwardCardEvents, queueCardEvents } from './docs/card-events';
import { templates } from './lib/synth';

const ROOT = join(__dirname, '..');
const FENCE = /^```(\w*)\n(.*?)^```$/gms;

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const below = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.md'),
);
const PAGES = ['README.md', 'CONTRIBUTING.md', ...below.map((name) => join('docs', name)).sort()];

/** A page without what only looks like Markdown. */
const prose = (page: string) => read(page).replace(FENCE, '');

/** Text of the fenced blocks of a language. */
const blocks = (page: string, language: string) =>
  [...read(page).matchAll(FENCE)].flatMap(([, name, text = '']) => (name === language ? [text] : []));

/** Relative links of a page: the file, as a path in the repository, and the heading in it. */
function links(page: string): { file: string; anchor?: string }[] {
  const targets = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', anchor] = target.split('#');
      return { file: path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path)), anchor };
    });
}

/** The anchors that GitHub gives a page's headings. */
function anchors(page: string): string[] {
  const seen = new Map<string, number>();
  return [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}

describe.each(PAGES)('%s', (page) => {
  test('leads only to files and headings that exist', () => {
    const broken = links(page).filter(
      ({ file, anchor }) => !existsSync(join(ROOT, file)) || (anchor !== undefined && !anchors(file).includes(anchor)),
    );
    expect(broken).toEqual([]);
  });

  test('names only files and scripts that exist', () => {
    const named = [
      ...read(page).matchAll(/`((?:bin|cli|config|docs|lambda|lib|rehearsal|test|\.ci|\.github)\/[\w./-]*)`/g),
    ];
    expect(named.flatMap(([, path = '']) => (existsSync(join(ROOT, path)) ? [] : [path]))).toEqual([]);
    const { scripts } = JSON.parse(read('package.json'));
    const run = [...read(page).matchAll(/npm run (?:--silent )?([\w-]+)/g)].map(([, script = '']) => script);
    expect(run.filter((script) => !(script in scripts))).toEqual([]);
  });
});

/** A page, or those of a folder. */
const pagesAt = (file: string) => PAGES.filter((page) => page === file || dirname(page) === file);

test('every page can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) for (const { file } of links(page)) for (const found of pagesAt(file)) reached.add(found);
  expect(PAGES.filter((page) => !reached.has(page))).toEqual([]);
});

test('the table of the runbook in the README names acts that exist', () => {
  const [, table = ''] = /^## From runbook line to resource$(.*?)^## /ms.exec(read('README.md')) ?? [];
  const named = [...table.matchAll(/\| ([^|]*) \|$/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)]);
  expect(named).not.toHaveLength(0);
  const ids = acts.map(({ id }) => id);
  expect(named.map(([, act = '']) => act).filter((act) => !ids.includes(act))).toEqual([]);
});

test('the page on teardown names every type that outlives its stack', () => {
  const template = templates();
  const types = (['Production/State', 'Production/Service', 'Production/Launch'] as const).flatMap((name) =>
    Object.values(template(name).toJSON().Resources as Record<string, Json>).flatMap(({ Type, DeletionPolicy }) =>
      String(DeletionPolicy).startsWith('Retain') ? [String(Type)] : [],
    ),
  );
  const named = read('docs/teardown.md').match(/(?<=\| `)AWS::\w+::\w+(?=` \|)/g) ?? [];
  expect([...named].sort()).toEqual([...new Set(types)].sort());
});

describe('docs/consuming-events.md', () => {
  const page = 'docs/consuming-events.md';
  const busArn = 'arn:aws:events:eu-central-1:210987654321:event-bus/payca';
  const theirBusArn = 'arn:aws:events:eu-central-1:543210987654:event-bus/payca';
  const synthesised = (build: (stack: Stack) => unknown) => {
    const stack = new Stack(new App());
    build(stack);
    return Template.fromStack(stack);
  };
  const queued = synthesised((stack) => queueCardEvents(stack, busArn));
  const forwarded = synthesised((stack) => forwardCardEvents(stack, busArn, theirBusArn));
  const [yaml = ''] = blocks(page, 'yaml');
  const plain = Template.fromJSON(
    parse(yaml, {
      customTags: [
        { tag: '!Ref', resolve: (name: string) => ({ Ref: name }) },
        { tag: '!GetAtt', resolve: (name: string) => ({ 'Fn::GetAtt': name.split('.') }) },
      ],
    }),
  );
  const rule = (template: Template): Json =>
    Object.values(template.findResources('AWS::Events::Rule'))[0]?.Properties ?? {};

  test('shows the CDK code that is tested here', () => {
    expect(blocks(page, 'ts')).toEqual([read('test/docs/card-events.ts')]);
  });

  test.each([
    ['queue', queued, { EventBusName: 'payca' }],
    ['forward', forwarded, { EventBusName: 'payca' }],
    ['CloudFormation', plain, { EventBusName: { Ref: 'Bus' } }],
  ])('the rule of the %s snippet is on the bus and has a dead-letter queue', (_, template, onBus) => {
    const { DeadLetterConfig } = (rule(template).Targets as Json[])[0] ?? {};
    const [dead] = (DeadLetterConfig as { Arn: { 'Fn::GetAtt': string[] } }).Arn['Fn::GetAtt'];
    expect(rule(template)).toMatchObject(onBus);
    expect(Object.keys(template.findResources('AWS::SQS::Queue'))).toContain(dead);
    const policies = Object.values(template.findResources('AWS::SQS::QueuePolicy'));
    const allowing = policies.filter(({ Properties }) => JSON.stringify(Properties).includes('events.amazonaws.com'));
    const open = allowing.flatMap(({ Properties }) => Properties.Queues as { Ref: string }[]).map(({ Ref }) => Ref);
    expect(open.sort()).toEqual(Object.keys(template.findResources('AWS::SQS::Queue')).sort());
  });

  test('forwards to the bus of the other account', () => {
    expect(rule(forwarded).Targets).toMatchObject([{ Arn: theirBusArn, RoleArn: expect.anything() }]);
  });

  const card = (type: string) => ({ event: 'card_transaction', data: { id: '1', type } });
  const fee = { event: 'account_transaction', data: { id: '1', type: 'fee', subtype: 'settle_fee' } };

  test.each([
    [card('settle'), true],
    [card('cleared'), true],
    [card('refund'), true],
    [card('refunded'), true],
    [fee, true],
    [card('authorization'), false],
    [{ event: 'card_tokenization', data: { type: 'tokenization_code', code: '000000' } }, false],
  ])('the rules of all snippets, given %j: %s', (body, wanted) => {
    const event = { source: EVENT_SOURCE, 'detail-type': detailType(webhookFacts(body)) };
    const matched = [queued, forwarded, plain].map((one) => matchesPattern(rule(one).EventPattern as Json, event));
    expect(matched).toEqual([wanted, wanted, wanted]);
  });
});
