import { isText, objectIn, type Receiver, type Reply, reply, type Sent } from './receiver';
import type { Json } from './template';

interface Issue {
  readonly key: string;
  readonly summary: string;
  readonly labels: readonly string[];
  done: boolean;
  /** Description and comments, in order. */
  readonly texts: string[];
  readonly createdAt: number;
}

/** How long Jira's search does not find what was just written. */
const SEARCH_LAG_MS = 1000;

/** Jira Cloud: https://developer.atlassian.com/cloud/jira/platform/rest/v3/ */
export class Jira implements Receiver {
  /** `user:token` of accounts. */
  readonly accounts = new Set<string>();
  readonly issues: Issue[] = [];

  answersTo({ path }: Sent): boolean {
    return path.startsWith('/rest/api/3/');
  }

  answer({ method, path, authorization, text }: Sent): Reply {
    const account = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
    if (!this.accounts.has(account)) return reply(401, { errorMessages: ['Client must be authenticated'] });
    const url = new URL(path.replace('/rest/api/3', ''), 'https://jira');
    const call = `${method} ${url.pathname}`;
    const body = objectIn(text) ?? {};
    if (call === 'POST /search/jql') return this.search(body);
    if (call === 'POST /issue') return this.create((body.fields ?? {}) as Json);
    const [, key, part = ''] = /^\/issue\/([A-Z]+-\d+)(\/\w+)?$/.exec(url.pathname) ?? [];
    const issue = this.issues.find((one) => one.key === key);
    if (!issue) return reply(404, { errorMessages: ['Issue does not exist or you do not have permission to see it.'] });
    if (method === 'GET' && part === '') return reply(200, shown(issue));
    if (method === 'POST' && part === '/comment') return comment(issue, body);
    if (part !== '/transitions') return reply(405);
    if (method === 'GET') return reply(200, { transitions: [{ id: '31', name: 'Done' }] });
    if ((body.transition as Json | undefined)?.id !== '31')
      return reply(400, { errorMessages: ['no such transition'] });
    issue.done = true;
    return reply(204);
  }

  private search({ jql, fields }: Json): Reply {
    const [, project, label] =
      /^project = "([A-Z0-9_]+)" AND labels = "([^"\s]+)" AND statusCategory != Done ORDER BY created DESC$/.exec(
        String(jql),
      ) ?? [];
    if (!project || !label || !Array.isArray(fields)) return reply(400, { errorMessages: [`cannot read ${jql}`] });
    const found = this.issues.filter(
      ({ key, labels, done, createdAt }) =>
        key.startsWith(`${project}-`) && labels.includes(label) && !done && createdAt < Date.now() - SEARCH_LAG_MS,
    );
    return reply(200, { issues: found.map(shown), isLast: true });
  }

  private create({ project, issuetype, summary, description, labels }: Json): Reply {
    const errors = [
      ...(/^[A-Z][A-Z0-9_]+$/.test(String((project as Json | undefined)?.key)) ? [] : ['project']),
      ...(isText((issuetype as Json | undefined)?.name, 60) ? [] : ['issuetype']),
      ...(isText(summary, 255) && !/[\r\n]/.test(String(summary)) ? [] : ['summary']),
      ...(isDocument(description) ? [] : ['description']),
      ...((labels as string[]).every((label) => isText(label, 255) && !/\s/.test(label)) ? [] : ['labels']),
    ];
    if (errors.length > 0) return reply(400, { errorMessages: [], errors });
    const key = `${(project as Json).key}-${this.issues.length + 1}`;
    const names = { key, summary: String(summary), labels: labels as string[] };
    this.issues.push({ ...names, done: false, texts: [textOf(description)], createdAt: Date.now() });
    return reply(201, { id: String(10_000 + this.issues.length), key });
  }
}

function shown({ key, done }: Issue): Json {
  return { key, fields: { status: { statusCategory: { key: done ? 'done' : 'new' } } } };
}

function comment(issue: Issue, { body }: Json): Reply {
  if (!isDocument(body)) return reply(400, { errorMessages: ['Comment body is not valid!'] });
  issue.texts.push(textOf(body));
  return reply(201, { id: '1' });
}

/** Atlassian's document format, as far as it is used: paragraphs of text that is not empty. */
function isDocument(value: unknown): boolean {
  const { type, version } = (value ?? {}) as Json;
  const lines = linesOf(value);
  return (
    type === 'doc' && version === 1 && textOf(value).length <= 32_767 && lines.every((line) => isText(line, 32_767))
  );
}

function linesOf(document: unknown): unknown[] {
  const { content = [] } = (document ?? {}) as { content?: { content?: Json[] }[] };
  return content.flatMap((paragraph) => (paragraph.content ?? []).map(({ text }) => text));
}

const textOf = (document: unknown) => linesOf(document).join('\n');
