import type { Message } from './message';
import { ascii, cut, oneLine } from './text';

/** SNS takes subjects of less than 100 characters, ASCII for e-mail, without line breaks. */
const MAX_SUBJECT = 99;
/** SNS takes 256 KB of UTF-8, of which a character can need four; nobody reads as much. */
const MAX_MESSAGE = 32_000;

/** Input of SNS's `Publish`. The attributes let a subscription filter. */
export function publishInput(message: Message, topicArn: string) {
  const { action, alarm, severity, stage, title, text, drill } = message;
  const attribute = (value: string) => ({ DataType: 'String', StringValue: value });
  return {
    TopicArn: topicArn,
    Subject: cut(ascii(oneLine(title)), MAX_SUBJECT),
    Message: cut(text, MAX_MESSAGE),
    MessageAttributes: {
      action: attribute(action),
      alarm: attribute(ascii(alarm)),
      severity: attribute(severity),
      stage: attribute(stage),
      drill: attribute(String(drill)),
    },
  };
}
