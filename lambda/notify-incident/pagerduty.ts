import type { Severity } from '../payca/alarm-names';
import type { HttpRequest } from './http';
import type { Message } from './message';
import { cut } from './text';

/** Bases of the Events API by service region: https://support.pagerduty.com/main/docs/service-regions */
export const PAGERDUTY_URLS = { us: 'https://events.pagerduty.com', eu: 'https://events.eu.pagerduty.com' } as const;

// https://developer.pagerduty.com/docs/send-alert-event
const MAX_SUMMARY = 1024;
const MAX_DEDUP_KEY = 255;
const SEVERITY: Readonly<Record<Severity, string>> = { page: 'critical', ticket: 'warning', low: 'info' };
/** Links beyond these help nobody; the text has them all. */
const MAX_LINKS = 5;

/** An event of the Events API v2: it opens an incident, adds to the open one of the same alarm, or resolves it. */
export function pagerDutyRequest(message: Message, routingKey: string, baseUrl: string): HttpRequest {
  const { action, alarm, row, severity, stage, at, title, text, link } = message;
  const event = {
    routing_key: routingKey,
    event_action: action,
    dedup_key: cut(alarm, MAX_DEDUP_KEY),
  };
  const details = {
    payload: {
      summary: cut(title, MAX_SUMMARY),
      source: cut(alarm, MAX_DEDUP_KEY),
      severity: SEVERITY[severity],
      timestamp: at,
      component: row,
      group: stage,
      class: severity,
      custom_details: { text: text.toWellFormed() },
    },
    links: links(text, link).map((href) => ({ href, text: href === link ? 'Alarm' : href })),
  };
  return {
    method: 'POST',
    url: `${baseUrl}/v2/enqueue`,
    headers: {},
    body: action === 'trigger' ? { ...event, ...details } : event,
  };
}

/** What the text links, such as the runbook page, and the alarm last. */
function links(text: string, alarm: string): string[] {
  const named = [...text.matchAll(/https:\/\/[^\s"'<>|)]+/g)].map(([url]) => url.replace(/[.,;:]+$/, ''));
  const others = [...new Set(named)].filter((url) => url !== alarm && URL.canParse(url));
  return [...others.slice(0, MAX_LINKS - 1), alarm];
}
