import { Argument, Command } from 'commander';
import type { StageConfig } from '../lib/config/schema';
import { secretMember } from '../lib/config/shipping';
import { readHidden } from './hidden-input';
import { checkForm, OperatedSecret } from './secret';
import { OperatorError, output, readStage, stageOption, stageOutputs } from './stage';

const MIN_LENGTH = 8;

/** The form in which the key is read: by Firehose in one of its own, by everything else under `value`. */
export function secretForm(
  name: string,
  value: string,
  { shipping }: Pick<StageConfig, 'shipping'>,
): Record<string, string> {
  return { [shipping?.secret === name ? secretMember(shipping.destination) : 'value']: value };
}

async function put(name: string, options: { stage: string }): Promise<void> {
  const config = readStage(options.stage);
  const { thirdPartySecrets: known } = config;
  if (!known.includes(name)) {
    const names = known.length > 0 ? `one of ${known.join(', ')}` : 'listed there first: the list is empty';
    throw new OperatorError(`thirdPartySecrets in config/${config.stage}.ts has no ${name}: it must be ${names}`);
  }
  const arns: Record<string, string> = JSON.parse(output(await stageOutputs(config, ['state']), 'ThirdPartySecrets'));
  const secret = new OperatedSecret(output(arns, name), config);
  const [value = ''] = await readHidden([`key of ${name}`]);
  checkForm([{ name: `key of ${name}`, value, minLength: MIN_LENGTH }]);
  const versionId = await secret.put(secretForm(name, value, config), 'AWSCURRENT');
  console.log(`the key of ${name} is put: version ${versionId} is current in ${config.stage}`);
}

const HELP = `
The key is typed at a prompt that does not show it, or read from standard input (one line):
  npm run golive -- secrets put pagerduty --stage production
  pass show pagerduty | npm run --silent golive -- secrets put pagerduty --stage production

Names are those in thirdPartySecrets of the stage's config. Run it again at any time: the newest value counts.`;

/** `golive secrets`. */
export function secretsCommand(): Command {
  const putCommand = new Command('put')
    .description('put the key of another service, such as a pager, into its secret')
    .addArgument(new Argument('<name>', 'a name in thirdPartySecrets of the config'))
    .addOption(stageOption())
    .addHelpText('after', HELP)
    .action(put);
  return new Command('secrets').description('keys of other services').addCommand(putCommand);
}
