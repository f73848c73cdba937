import { type Parameter, paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';
import { Command, Option } from 'commander';
import { PIPELINE_VARIABLES, parameterPath } from '../lib/config/names';
import type { StageConfig } from '../lib/config/schema';
import { explain, OperatorError, readAws, readStage, stageOption } from './stage';

/** Only what begins so is ours to set in somebody else's environment. */
const OURS = /^PAYCA_[A-Z0-9_]+$/;

type Variables = Readonly<Record<string, string>>;

const asItIs = (value: string) => value;
/** How each reader of `KEY=value` lines wants a value. */
const FORMATS = {
  shell: (value: string) => (/^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`),
  /** Docker's `--env-file` and GitLab's dotenv reports take quotes for a part of the value. */
  dotenv: asItIs,
  /** The file that `GITHUB_ENV` names. */
  github: asItIs,
};
type Format = keyof typeof FORMATS;

/** The variables of a deployed stage, from its parameters. */
async function readVariables(config: StageConfig): Promise<Variables> {
  const parameters = await readParameters(config).catch((error) => {
    throw new OperatorError(explain(error, place(config)));
  });
  return variablesOf(config, parameters);
}

const place = (config: StageConfig) =>
  `parameters under ${parameterPath(config)} in account ${config.account}, ${config.region}`;

/** Parameters by the names of variables, in order; all of the stage's or none. */
export function variablesOf(config: StageConfig, parameters: readonly Parameter[]): Variables {
  const variables = Object.fromEntries(
    parameters
      .map(({ Name = '', Value = '' }) => [Name.slice(parameterPath(config).length + 1), Value] as const)
      .filter(([name]) => OURS.test(name))
      .sort(([one], [other]) => one.localeCompare(other)),
  );
  const missing = PIPELINE_VARIABLES.filter((name) => !(name in variables));
  if (missing.length === 0) return variables;
  throw new OperatorError(
    `${place(config)}: ${missing.join(', ')} not there; deploy this version first, or check the account that you are signed in to`,
  );
}

function readParameters(config: StageConfig): Promise<Parameter[]> {
  // What somebody encrypted beside them is not for printing.
  const plain = { Key: 'Type', Option: 'Equals', Values: ['String'] };
  const query = { Path: parameterPath(config), ParameterFilters: [plain] };
  return readAws(config, async (credentials) => {
    const client = new SSMClient({ region: config.region, credentials });
    const found: Parameter[] = [];
    for await (const page of paginateGetParametersByPath({ client }, query)) found.push(...(page.Parameters ?? []));
    return found;
  });
}

/** `KEY=value` lines. A line break in a value would be a variable of somebody else's making. */
export function variableLines(variables: Variables, format: Format): string[] {
  return Object.entries(variables).map(([name, value]) => {
    if (/\p{Cc}/u.test(value)) throw new OperatorError(`the parameter ${name} holds a control character (not shown)`);
    return `${name}=${FORMATS[format](value)}`;
  });
}

/** `golive env`. */
export function envCommand(): Command {
  return new Command('env')
    .description("print the stage's variables for a pipeline as KEY=value lines; none of them is a secret")
    .addOption(stageOption())
    .addOption(
      new Option('--format <format>', 'who reads the lines').choices(Object.keys(FORMATS)).default('shell' as Format),
    )
    .option('--json', 'print them as JSON', false)
    .action(async ({ stage, format, json }: { stage: string; format: Format; json: boolean }) => {
      const variables = await readVariables(readStage(stage));
      console.log(json ? JSON.stringify(variables, undefined, 2) : variableLines(variables, format).join('\n'));
    });
}
