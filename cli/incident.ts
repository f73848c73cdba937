import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { Argument, Command, Option } from 'commander';
import { alarmPrefix } from '../lambda/payca/alarm-names';
import type { Finding } from '../lambda/payca/evidence';
import { INCIDENTS, type Incident, inOrder, nextId } from '../lambda/payca/incidents';
import { Progress, ProgressChanged } from '../lambda/payca/progress';
import { maskText } from '../lambda/receive-webhook/card-numbers';
import type { StageConfig } from '../lib/config/schema';
import { chooseAlarm, deployedAlarms } from './deployed-alarms';
import { EvidenceStore, operatorRun } from './evidence';
import { explain, OperatorError, type Outputs, output, parseTime, readStage, stageOption, stageOutputs } from './stage';

/** An incident log is kept through the launch. */
const LINE = 'A.3';
const LONGEST = 2000;

interface Options {
  readonly stage: string;
}

/** What belongs to an incident. */
interface Belongings {
  readonly alarm: readonly string[];
  readonly link: readonly string[];
}

interface AddOptions extends Options, Belongings {
  readonly began?: Date;
}

interface NoteOptions extends Options, Belongings {
  readonly resolved: boolean;
}

/** The incident log of a stage: what stands in it now is remembered, and each change is evidence. */
class IncidentLog {
  private constructor(
    readonly config: StageConfig,
    private readonly outputs: Outputs,
    private readonly log: Progress,
  ) {}

  static async of({ stage }: Options): Promise<IncidentLog> {
    const config = readStage(stage);
    const outputs = await stageOutputs(config, ['state']);
    const place = { table: output(outputs, 'ProgressTable'), region: config.region };
    return new IncidentLog(config, outputs, new Progress(INCIDENTS, place));
  }

  async all(): Promise<Incident[]> {
    return inOrder((await this.log.all('INC-')).values());
  }

  /** Under the next number; somebody else may take it first. */
  async add(incident: Omit<Incident, 'id'>): Promise<Incident> {
    for (;;) {
      const added = { id: nextId((await this.log.all('INC-')).keys()), ...incident };
      try {
        await this.log.rememberIf(added.id, added, undefined);
        await this.record(added);
        return added;
      } catch (error) {
        if (!(error instanceof ProgressChanged)) throw error;
      }
    }
  }

  async change(id: string, change: (incident: Incident) => Incident): Promise<Incident> {
    const former = (await this.log.recall(id)) as Incident | undefined;
    if (!former) throw new OperatorError(`there is no incident ${id}: npm run golive -- incident list`);
    const changed = change(former);
    await this.log.rememberIf(id, changed, former).catch((error) => {
      throw error instanceof ProgressChanged ? new OperatorError(`${id} was changed meanwhile: run this again`) : error;
    });
    await this.record(changed);
    return changed;
  }

  private async record(incident: Incident): Promise<void> {
    const finding: Finding = { line: LINE, verdict: 'pass', details: { incident } };
    const store = new EvidenceStore(output(this.outputs, 'EvidenceBucket'), this.config.region);
    await store.write(operatorRun(new Date()), [finding]);
  }
}

async function add(text: string, options: AddOptions): Promise<void> {
  const now = new Date();
  const entry = { at: now.toISOString(), by: operatorRun(now).actor, text: logText(text) };
  const links = options.link.map(logLink);
  const log = await IncidentLog.of(options);
  const incident = await log.add({
    at: (options.began ?? now).toISOString(),
    alarms: await alarmsNamed(options.alarm, log.config),
    links,
    entries: [entry],
  });
  console.log(incidentLines(incident).join('\n'));
}

async function alarmsNamed(given: readonly string[], config: StageConfig): Promise<Incident['alarms']> {
  if (given.length === 0) return [];
  const alarms = await deployedAlarms(new CloudWatchClient({ region: config.region }), config).catch((error) => {
    throw new OperatorError(explain(error, `alarms in ${config.region}`));
  });
  return given.map((one) => chooseAlarm(one, alarmPrefix(config.programme, config.stage), alarms));
}

async function note(id: string, text: string, options: NoteOptions): Promise<void> {
  const now = new Date();
  const entry = { at: now.toISOString(), by: operatorRun(now).actor, text: logText(text) };
  const links = options.link.map(logLink);
  const log = await IncidentLog.of(options);
  const alarms = await alarmsNamed(options.alarm, log.config);
  const changed = await log.change(id, (incident) => ({
    ...incident,
    ...(options.resolved && { resolved: now.toISOString() }),
    // As it stood when it was first named.
    alarms: [...incident.alarms, ...alarms.filter(({ name }) => !incident.alarms.some((one) => one.name === name))],
    links: [...new Set([...incident.links, ...links])],
    entries: [...incident.entries, entry],
  }));
  console.log(incidentLines(changed).join('\n'));
}

async function list(options: Options & { readonly json: boolean }): Promise<void> {
  const incidents = await (await IncidentLog.of(options)).all();
  if (options.json) return console.log(JSON.stringify(incidents, undefined, 2));
  console.log(incidents.length === 0 ? 'no incidents' : incidents.flatMap(incidentLines).join('\n'));
}

/** An incident with its log. */
export function incidentLines({ id, at, resolved, alarms, links, entries }: Incident): string[] {
  return [
    `${id}  began ${minute(at)}, ${resolved ? `resolved ${minute(resolved)}` : 'open'}`,
    ...alarms.map(({ name, state, since }) => `  alarm ${name}: ${state}${since ? ` since ${minute(since)}` : ''}`),
    ...links.map((link) => `  ${link}`),
    ...entries.map((entry) => `  ${minute(entry.at)}  ${entry.by}: ${entry.text}`),
  ];
}

const minute = (time: string) => `${time.slice(0, 16).replace('T', ' ')} UTC`;

/** What can be recognised of a person; names cannot. */
const PERSONAL: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['an e-mail address', /[\w.+-]+@[\w-]+\.[a-z]/i],
  ['a telephone number', /(?<![\w+])\+[1-9](?:[ ()/.-]?\d){7,14}(?!\d)/],
  // ISO 13616: country, check digits, 11 to 30 characters, often in groups of four.
  ['an account number', /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/],
];

/** What goes into the log is kept for years and shown to many. It is not repeated when it may not. */
export function logText(text: string): string {
  const words = text.trim();
  if (words === '' || words.length > LONGEST)
    throw new OperatorError(`the text must have 1 to ${LONGEST} characters, found ${words.length}`);
  const found = personal(words);
  if (found) throw new OperatorError(`the text holds ${found}: leave that out`);
  return words;
}

function personal(text: string): string | undefined {
  if (maskText(text).masked > 0) return 'a card number';
  return PERSONAL.find(([, pattern]) => pattern.test(text))?.[0];
}

/** Judged here and not by the option, whose complaint would repeat it. */
export function logLink(link: string): string {
  if (!/^https:\/\/[^\s/@]+(\/\S*)?$/.test(link))
    throw new OperatorError('a link must begin with https:// and have no user or password');
  const found = personal(link);
  if (found) throw new OperatorError(`a link holds ${found}: leave that out`);
  return link;
}

const collect = (one: string, former: readonly string[]) => [...former, one];

/** `golive incident`. */
export function incidentCommand(): Command {
  const words = () => new Argument('<text>', 'what happened, without secrets, card numbers and names of customers');
  const belonging = (command: Command) =>
    command
      .addOption(
        new Option('--alarm <name>', 'an alarm that belongs to it, by name or row; may be repeated')
          .argParser(collect)
          .default([], 'none'),
      )
      .addOption(
        new Option('--link <url>', 'a ticket or the like; may be repeated').argParser(collect).default([], 'none'),
      );
  const addCommand = belonging(
    new Command('add')
      .description('note an incident; it becomes evidence')
      .addArgument(words())
      .addOption(stageOption()),
  )
    .addOption(new Option('--began <time>', 'when it began, in UTC (default: now)').argParser(parseTime))
    .action(add);
  const noteCommand = belonging(
    new Command('note')
      .description('add to the log of an incident')
      .addArgument(new Argument('<id>', 'INC-1 and so on'))
      .addArgument(words())
      .addOption(stageOption()),
  )
    .option('--resolved', 'it is over', false)
    .action(note);
  const listCommand = new Command('list')
    .description('the incidents with their logs, oldest first')
    .addOption(stageOption())
    .option('--json', 'print it as JSON', false)
    .action(list);
  return new Command('incident')
    .description('the incident log of the launch')
    .addCommand(addCommand)
    .addCommand(noteCommand)
    .addCommand(listCommand);
}
