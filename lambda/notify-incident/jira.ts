import * as z from 'zod';
import { type Call, type HttpRequest, ReceiverError } from './http';
import type { Message } from './message';
import { cut, oneLine } from './text';

/** What the config says about a Jira Cloud site. */
export interface JiraSettings {
  /** `https://acme.atlassian.net`. */
  readonly url: string;
  /** The e-mail address of the account that the API token belongs to. */
  readonly user: string;
  readonly project: string;
  readonly issueType: string;
  /** Name of the transition that a recovery makes; it only comments when absent. */
  readonly transition?: string;
}

const MAX_SUMMARY = 255;
/** Jira takes 32,767 characters of text. */
const MAX_TEXT = 30_000;

const issue = z.object({
  key: z.string().regex(/^[A-Z][A-Z0-9_]*-\d+$/),
  fields: z.object({ status: z.object({ statusCategory: z.object({ key: z.string() }) }) }),
});
const search = z.object({ issues: z.array(issue) });
const created = issue.pick({ key: true });
const transitions = z.object({ transitions: z.array(z.object({ id: z.string(), name: z.string() })) });

/**
 * Keeps one issue for each alarm: an alarm comments on the open one or makes one, a recovery comments on it and closes it
 * where the config says so. A drill has issues of its own. Gives the issue's key.
 */
export async function jira(
  message: Message,
  settings: JiraSettings,
  token: string,
  known: string | undefined,
  call: Call,
): Promise<string | undefined> {
  const api = new JiraApi(settings, token, call);
  const label = message.drill ? `${message.alarm}-drill` : message.alarm;
  // Jira's search lags behind what was just written: what the record knows is asked for first.
  const open = (known !== undefined && (await api.openIssue(known))) || (await api.searchOpen(label));
  if (message.action === 'trigger') {
    if (!open) return api.create(label, message);
    await api.comment(open, message);
    return open;
  }
  if (!open) return undefined;
  if (settings.transition) await api.transition(open, settings.transition);
  await api.comment(open, message);
  return open;
}

/** https://developer.atlassian.com/cloud/jira/platform/rest/v3/ */
class JiraApi {
  private readonly authorization: string;

  constructor(
    private readonly settings: JiraSettings,
    token: string,
    private readonly call: Call,
  ) {
    this.authorization = `Basic ${Buffer.from(`${settings.user}:${token}`).toString('base64')}`;
  }

  /** `key`, if there is such an issue and it is not done. */
  async openIssue(key: string): Promise<string | undefined> {
    try {
      const found = issue.parse(await this.ask('GET', `issue/${encodeURIComponent(key)}?fields=status`));
      return found.fields.status.statusCategory.key === 'done' ? undefined : found.key;
    } catch (error) {
      if (error instanceof ReceiverError && error.status === 404) return undefined;
      throw error;
    }
  }

  async searchOpen(label: string): Promise<string | undefined> {
    const quoted = (text: string) => JSON.stringify(text);
    const jql = `project = ${quoted(this.settings.project)} AND labels = ${quoted(label)} AND statusCategory != Done ORDER BY created DESC`;
    const found = search.parse(await this.ask('POST', 'search/jql', { jql, fields: ['status'], maxResults: 1 }));
    return found.issues[0]?.key;
  }

  async create(label: string, { title, text }: Message): Promise<string> {
    const fields = {
      project: { key: this.settings.project },
      issuetype: { name: this.settings.issueType },
      summary: cut(oneLine(title), MAX_SUMMARY),
      description: document(text),
      labels: [label],
    };
    return created.parse(await this.ask('POST', 'issue', { fields })).key;
  }

  async comment(key: string, { text }: Message): Promise<void> {
    await this.ask('POST', `issue/${key}/comment`, { body: document(text) });
  }

  /** An issue that has no such transition from where it stands is left to people. */
  async transition(key: string, name: string): Promise<void> {
    const { transitions: all } = transitions.parse(await this.ask('GET', `issue/${key}/transitions`));
    const found = all.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (found) await this.ask('POST', `issue/${key}/transitions`, { transition: { id: found.id } });
  }

  private ask(method: HttpRequest['method'], path: string, body?: unknown): Promise<unknown> {
    const url = `${this.settings.url}/rest/api/3/${path}`;
    return this.call({ method, url, headers: { authorization: this.authorization }, body });
  }
}

/** Text in Atlassian's document format: a paragraph a line. Empty text nodes are refused. */
function document(text: string): unknown {
  const lines = cut(text, MAX_TEXT)
    .split('\n')
    .map(oneLine)
    .filter((line) => line !== '');
  const content = lines.map((line) => ({ type: 'paragraph', content: [{ type: 'text', text: line }] }));
  return { type: 'doc', version: 1, content };
}
