import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod';
import { httpCall } from './http';
import { jsonRequest, slackRequest } from './https';
import { jira } from './jira';
import type { Message } from './message';
import type { Notifier } from './notify';
import { pagerDutyRequest } from './pagerduty';
import { publishInput } from './sns';

const name = z.string();
const url = z.string();

const schema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pagerduty'), name, url }),
  z.object({ kind: z.literal('sns'), name, topicArn: z.string() }),
  z.object({ kind: z.literal('slack'), name }),
  z.object({ kind: z.literal('json'), name, url }),
  z.object({
    kind: z.literal('jira'),
    name,
    url,
    user: z.string(),
    project: z.string(),
    issueType: z.string(),
    transition: z.string().optional(),
  }),
]);

/** What a function knows of its channel from its environment; the key is not among it. */
export type ChannelSettings = Readonly<z.infer<typeof schema>>;

export function readChannel(text: string): ChannelSettings {
  return schema.parse(JSON.parse(text));
}

/** How the channel sends, with the key as it is now. */
export function sender(channel: ChannelSettings, key: string, sns: SNSClient): Notifier['send'] {
  const call = httpCall(key);
  switch (channel.kind) {
    case 'sns':
      return async (message) => (await sns.send(new PublishCommand(publishInput(message, channel.topicArn)))).MessageId;
    case 'jira':
      return (message, known) => jira(message, channel, key, known, call);
    case 'pagerduty':
      return async (message: Message) => {
        await call(pagerDutyRequest(message, key, channel.url));
        return message.alarm;
      };
    case 'slack':
      return async (message) => void (await call(slackRequest(message, key)));
    case 'json':
      return async (message) => void (await call(jsonRequest(message, channel.url, key)));
  }
}
