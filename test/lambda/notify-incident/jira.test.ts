import { type HttpRequest, ReceiverError } from '../../../lambda/notify-incident/http';
import { type JiraSettings, jira } from '../../../lambda/notify-incident/jira';
import { messageOf } from '../../../lambda/notify-incident/message';
import { ALARM, change, PREFIX } from './event';

const SETTINGS: JiraSettings = {
  url: 'https://acme.atlassian.net',
  user: 'bot@acme-pay.eu',
  project: 'OPS',
  issueType: 'Incident',
};
const issue = (key: string, category = 'new') => ({ key, fields: { status: { statusCategory: { key: category } } } });

interface Fields {
  readonly summary: string;
  readonly description: { readonly content: readonly { readonly content: readonly { readonly text: string }[] }[] };
}

/** Answers by method and path below the API. */
function site(answers: Record<string, unknown>) {
  const calls: HttpRequest[] = [];
  const call = async (request: HttpRequest) => {
    calls.push(request);
    const answer = answers[`${request.method} ${request.url.replace('https://acme.atlassian.net/rest/api/3/', '')}`];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const tell = (more: Parameters<typeof change>[0] = {}, known?: string, settings: Partial<JiraSettings> = {}) =>
    jira(messageOf(change(more), 'production', PREFIX), { ...SETTINGS, ...settings }, 'token', known, call);
  const made = () => calls.map(({ method, url }) => `${method} ${url.replace(/^.*\/3\//, '')}`);
  return { calls, tell, made };
}

test('an alarm without an issue makes one, after a search', async () => {
  const { calls, tell, made } = site({ 'POST search/jql': { issues: [] }, 'POST issue': { key: 'OPS-7' } });
  expect(await tell()).toBe('OPS-7');
  expect(made()).toEqual(['POST search/jql', 'POST issue']);
  expect(calls[0]?.body).toEqual({
    jql: `project = "OPS" AND labels = "${ALARM}" AND statusCategory != Done ORDER BY created DESC`,
    fields: ['status'],
    maxResults: 1,
  });
  expect(calls[1]?.headers).toEqual({
    authorization: `Basic ${Buffer.from('bot@acme-pay.eu:token').toString('base64')}`,
  });
  expect(calls[1]?.body).toMatchObject({
    fields: {
      project: { key: 'OPS' },
      issuetype: { name: 'Incident' },
      summary: expect.stringMatching(/^aws logs tail/),
      labels: [ALARM],
      description: { type: 'doc', version: 1 },
    },
  });
});

test('a long text in any script makes a short summary and no empty paragraph', async () => {
  const { calls, tell } = site({ 'POST search/jql': { issues: [] }, 'POST issue': { key: 'OPS-7' } });
  await tell({ description: `${'\u{1f4a5}'.repeat(200)}\n\n \n\u0000\nend` });
  const [, created] = calls.map(({ body }) => body as { fields: Fields });
  expect(created?.fields.summary).toMatch(/^.{20,255}$/s);
  expect(created?.fields.summary.isWellFormed()).toBe(true);
  const nodes = created?.fields.description.content.flatMap(({ content }) => content) ?? [];
  expect(nodes.length).toBeGreaterThan(3);
  expect(nodes.filter((node) => node.text === '')).toEqual([]);
});

test('a repeated alarm comments on the open issue', async () => {
  const { tell, made } = site({ 'POST search/jql': { issues: [issue('OPS-7')] } });
  expect(await tell()).toBe('OPS-7');
  expect(made()).toEqual(['POST search/jql', 'POST issue/OPS-7/comment']);
});

test('an issue that is known needs no search', async () => {
  const { tell, made } = site({ 'GET issue/OPS-7?fields=status': issue('OPS-7') });
  expect(await tell({}, 'OPS-7')).toBe('OPS-7');
  expect(made()).toEqual(['GET issue/OPS-7?fields=status', 'POST issue/OPS-7/comment']);
});

test.each([
  ['done', issue('OPS-7', 'done')],
  ['deleted', new ReceiverError('answered 404', 404)],
])('an issue that is known and %s is looked for again', async (_, answer) => {
  const { tell } = site({
    'GET issue/OPS-7?fields=status': answer,
    'POST search/jql': { issues: [] },
    'POST issue': { key: 'OPS-8' },
  });
  expect(await tell({}, 'OPS-7')).toBe('OPS-8');
});

test('a recovery comments, and closes where the config says so', async () => {
  const answers = {
    'GET issue/OPS-7?fields=status': issue('OPS-7'),
    'GET issue/OPS-7/transitions': { transitions: [{ id: '31', name: 'Done' }] },
  };
  const commented = site(answers);
  await commented.tell({ state: 'OK' }, 'OPS-7');
  expect(commented.made()).toEqual(['GET issue/OPS-7?fields=status', 'POST issue/OPS-7/comment']);
  const closed = site(answers);
  await closed.tell({ state: 'OK' }, 'OPS-7', { transition: 'done' });
  expect(closed.calls[2]).toMatchObject({ method: 'POST', body: { transition: { id: '31' } } });
  const unknown = site(answers);
  await unknown.tell({ state: 'OK' }, 'OPS-7', { transition: 'Close' });
  expect(unknown.made()).not.toContain('POST issue/OPS-7/transitions');
});

test('a recovery without an open issue makes none', async () => {
  const { tell, made } = site({ 'POST search/jql': { issues: [] } });
  expect(await tell({ state: 'OK' })).toBeUndefined();
  expect(made()).toEqual(['POST search/jql']);
});

test('a drill has issues of its own, and closes none of the real ones', async () => {
  const { calls, tell } = site({ 'POST search/jql': { issues: [] }, 'POST issue': { key: 'OPS-9' } });
  await tell({ drill: '0123abcd' });
  expect(calls[0]?.body).toMatchObject({ jql: expect.stringContaining(`labels = "${ALARM}-drill"`) });
  expect(calls[1]?.body).toMatchObject({
    fields: { labels: [`${ALARM}-drill`], summary: expect.stringMatching(/^DRILL /) },
  });
});

test('an answer that is no answer is an error', async () => {
  const { tell } = site({ 'POST search/jql': 'maintenance' });
  await expect(tell()).rejects.toThrow();
});
