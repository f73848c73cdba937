import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './assembly';
import type { Told } from './channels';
import type { Deployment } from './deployment';

/** One command on one line. */
const COMMAND = /^(aws|curl|npm run) \S.*\S$/;

/** What a message about an alarm must have, judged by the templates. */
export class AlarmMessages {
  private readonly contacts: readonly string[];
  private readonly dashboards: readonly string[];

  constructor(private readonly deployment: Deployment) {
    this.contacts = contactsOf(deployment);
    this.dashboards = deployment.resources('AWS::CloudWatch::Dashboard').map(({ name }) => name);
  }

  /** What is missing in a message as its receiver got it, in words. */
  lacks(alarm: string, { text, rest = '' }: Told): string[] {
    const whole = `${text}\n${rest}`;
    const command = this.commandOf(alarm);
    const [page = ''] = /(?<=^Runbook: https:\/\/\S+\/)[\w-]+\.md(?=#[\w-]+$)/m.exec(whole) ?? [];
    const [dashboard = ''] = /(?<=^Dashboard: https:\/\/\S+#dashboards\/dashboard\/)\S+$/m.exec(whole) ?? [];
    const parts: [part: string, there: boolean][] = [
      ['it does not lead with a command', COMMAND.test(command) && plain(text).startsWith(plain(command))],
      ['no impact', /^Impact: \S.{20,}$/m.test(whole)],
      ['no runbook page that exists', page !== '' && existsSync(join(REPOSITORY, 'docs', 'runbooks', page))],
      ['no dashboard of the templates', this.dashboards.includes(dashboard)],
      ['no next person', /^Next: \S.+, \S.+$/m.test(whole)],
      ["not PayCA's hotline and e-mail", /^PayCA: \+[\d ()-]+, \S+@\S+$/m.test(whole)],
      ...this.contacts.map((contact): [string, boolean] => [`not ${contact} of the config`, whole.includes(contact)]),
    ];
    return parts.flatMap(([part, there]) => (there ? [] : part));
  }

  /** The first line of the alarm's text in the template. */
  private commandOf(alarm: string): string {
    const found = this.deployment
      .resources('AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm')
      .find(({ name }) => name === alarm);
    return String(found?.properties.AlarmDescription ?? '').split('\n')[0] ?? '';
  }
}

/** Some receivers make one space of several. */
const plain = (text: string) => text.replace(/\s+/g, ' ');

/** Those of the stage's config, as its parameters tell it to the other stage; none where it tells nothing. */
function contactsOf(deployment: Deployment): string[] {
  const leaves = deployment
    .resources('AWS::SSM::Parameter')
    .filter(({ name }) => /\/config\/\d+$/.test(name))
    .flatMap(({ properties }) => JSON.parse(String(properties.Value)) as [place: string, value: unknown][]);
  return leaves.flatMap(([place, value]) => (place.startsWith('monitoring.contacts.') ? String(value) : []));
}
