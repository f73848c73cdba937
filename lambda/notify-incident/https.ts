import type { HttpRequest } from './http';
import type { Message } from './message';
import { cut } from './text';

/** Slack advises 4,000 characters and cuts at 40,000: https://docs.slack.dev/reference/methods/chat.postMessage */
const MAX_SLACK = 4000;
/** Of our own form; enough for any alarm's description and reason. */
const MAX_TEXT = 8000;

/** A message for a Slack incoming webhook, whose URL is the secret. */
export function slackRequest({ text }: Message, webhookUrl: string): HttpRequest {
  // Slack reads these three as its own marks: https://docs.slack.dev/messaging/formatting-message-text
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return { method: 'POST', url: webhookUrl, headers: {}, body: { text: cut(escaped, MAX_SLACK) } };
}

/** Our own form, for any receiver that takes JSON; docs/escalation.md describes it. */
export function jsonRequest(message: Message, url: string, token: string): HttpRequest {
  return {
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${token}` },
    body: { ...message, title: cut(message.title, MAX_TEXT), text: cut(message.text, MAX_TEXT) },
  };
}
