import { resolve4, resolve6 } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { Command, InvalidArgumentError } from 'commander';
import type { Finding, Verdict } from '../lambda/payca/evidence';
import { type StageConfig, WEBHOOK_PATH } from '../lib/config/schema';
import { Client, type ClientOptions, handshake, offerTls11 } from '../rehearsal/client';
import { EvidenceStore, operatorRun } from './evidence';
import { explain, type Outputs, output, readStage, stageOption, stageOutputs } from './stage';

const DAY_MS = 24 * 60 * 60 * 1000;
/** ACM renews a certificate 60 days before its end; one with less than this left was not renewed. */
const CERTIFICATE_DAYS = 30;
const TIMEOUT_MS = 5000;

interface Options {
  readonly stage: string;
  readonly onList: boolean;
  readonly connectTo?: { readonly address: string; readonly port: number };
  readonly ca?: string;
  readonly record: boolean;
  readonly json: boolean;
}

interface EndpointCheck {
  readonly id: string;
  /** Line of the runbook. */
  readonly line: string;
  readonly verdict: Verdict;
  readonly detail: string;
}

/** What a check sees of the world. */
interface Target {
  readonly config: StageConfig;
  readonly options: Options;
  /** Of the deployed stacks, or why they cannot be asked. */
  readonly outputs: Outputs | string;
  readonly client: ClientOptions;
}

const judged = (id: string, line: string, passed: boolean, detail: string): EndpointCheck => ({
  id,
  line,
  verdict: passed ? 'pass' : 'fail',
  detail,
});
const noData = (id: string, line: string, detail: string): EndpointCheck => ({ id, line, verdict: 'no-data', detail });

async function dns({ config, options, outputs }: Target): Promise<EndpointCheck> {
  const { domainName } = config.webhook;
  if (options.connectTo) return noData('dns', '2.1', 'not asked: --connect-to names the address');
  const addresses = await addressesOf(domainName);
  if (addresses.length === 0)
    return judged('dns', '2.1', false, `${domainName} has no address: point it at the output DomainTarget`);
  if (typeof outputs === 'string')
    return noData(
      'dns',
      '2.1',
      `${domainName} has ${addresses.join(', ')}; whether they are API Gateway's is not known: ${outputs}`,
    );
  const target = output(outputs, 'DomainTarget');
  const theirs = await addressesOf(target);
  // API Gateway answers from changing addresses; one in common shows that the names belong together.
  const common = addresses.some((address) => theirs.includes(address));
  return judged(
    'dns',
    '2.1',
    common,
    common
      ? `${domainName} leads to ${target}`
      : `${domainName} has ${addresses.join(', ')}, ${target} has ${theirs.join(', ')}`,
  );
}

async function addressesOf(name: string): Promise<string[]> {
  const found = await Promise.all([resolve4(name), resolve6(name)].map((query) => query.catch(() => [])));
  return found.flat();
}

function certificate({ client }: Target): Promise<EndpointCheck> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: client.address, port: client.port, servername: client.host, ca: client.ca }, () => {
      const { valid_to: end } = socket.getPeerCertificate();
      socket.destroy();
      const days = Math.floor((Date.parse(end) - Date.now()) / DAY_MS);
      resolve(
        judged(
          'certificate',
          '2.1',
          days >= CERTIFICATE_DAYS,
          `for ${client.host}, ${days} days left (at least ${CERTIFICATE_DAYS})`,
        ),
      );
    });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    socket.on('error', reject);
  });
}

async function tls11({ client }: Target): Promise<EndpointCheck> {
  // Both a fatal alert and a closed connection are refusals; a ServerHello (22) is not.
  const answer = await offerTls11(client).catch((error: NodeJS.ErrnoException) => error);
  if (answer instanceof Error) {
    const closed = answer.code === 'ECONNRESET' || answer.message.includes('closed');
    return closed
      ? judged('tls-1.1', '2.1', true, 'refused: the connection was closed')
      : noData('tls-1.1', '2.1', answer.message);
  }
  const refused = answer[0] === 21;
  return judged(
    'tls-1.1',
    '2.1',
    refused,
    refused ? `refused with alert ${answer[6]}` : 'accepted, which it must not be',
  );
}

const tls12 = (target: Target) =>
  tls(target, 'TLSv1.2', !target.config.webhook.tlsPolicy.startsWith('SecurityPolicy_TLS13_1_3'));
const tls13 = (target: Target) => tls(target, 'TLSv1.3', true);

async function tls(
  { config, client }: Target,
  version: 'TLSv1.2' | 'TLSv1.3',
  wanted: boolean,
): Promise<EndpointCheck> {
  const id = version.toLowerCase().replace('v', '-');
  if (config.webhook.mutualTls)
    return noData(id, '2.1', 'the endpoint asks for a client certificate, which PayCA alone has');
  const result = await handshake({ ...client, version });
  const accepted = 'version' in result;
  return judged(id, '2.1', accepted === wanted, accepted ? 'accepted' : `refused (${result.error})`);
}

async function addresses({ config, options, client }: Target): Promise<EndpointCheck> {
  if (config.webhook.mutualTls)
    return noData('off-list', '2.2', 'the endpoint asks for a client certificate before it looks at the address');
  const open = 'any' in config.webhook.allowList;
  const status = await unsigned(client);
  if (open || options.onList) {
    const why = open ? 'the config lets any address in' : 'this machine is on the allow-list';
    return judged('unsigned', '2.2', status === 401, `${status} for an unsigned delivery (${why}, so 401)`);
  }
  const hint = status === 401 ? ': this address was let through; if it is on the allow-list, say --on-list' : '';
  return judged(
    'off-list',
    '2.2',
    status === 403,
    `${status} from this machine, which is not on the allow-list${hint}`,
  );
}

async function defaultEndpoint({ options, outputs, client }: Target): Promise<EndpointCheck> {
  if (typeof outputs === 'string') return noData('default-endpoint', '2.2', outputs);
  const host = output(outputs, 'DefaultEndpoint');
  const status = await unsigned({ ...client, host, address: options.connectTo?.address ?? host });
  return judged('default-endpoint', '2.2', status === 403, `${status} at ${host}`);
}

async function mutualTls({ config, client }: Target): Promise<EndpointCheck> {
  if (!config.webhook.mutualTls) return noData('mutual-tls', '2.3', 'the config does not ask for client certificates');
  const result = await handshake(client);
  const refused = 'error' in result;
  return judged(
    'mutual-tls',
    '2.3',
    refused,
    refused ? `refused without a client certificate (${result.error})` : 'let in without a client certificate',
  );
}

async function unsigned(options: ClientOptions): Promise<number> {
  const client = new Client(options);
  try {
    return (await client.post(`/${WEBHOOK_PATH}`, Buffer.from('{}'), { 'content-type': 'application/json' })).status;
  } finally {
    client.close();
  }
}

const CHECKS = [dns, certificate, tls11, tls12, tls13, addresses, defaultEndpoint, mutualTls];

/** Asks the real endpoint, from this machine; what cannot be asked from here is `no-data`. */
async function checkEndpoint(options: Options): Promise<EndpointCheck[]> {
  const config = readStage(options.stage);
  const outputs = await stageOutputs(config).catch((error: Error) => error.message);
  const client: ClientOptions = {
    address: options.connectTo?.address ?? config.webhook.domainName,
    port: options.connectTo?.port ?? 443,
    host: config.webhook.domainName,
    ca: options.ca && readFileSync(options.ca, 'utf8'),
  };
  const target = { config, options, outputs, client };
  return Promise.all(
    CHECKS.map((check) =>
      check(target).catch((error) => judged(check.name, '2.1', false, explain(error, config.webhook.domainName))),
    ),
  );
}

/** One finding for each line of the runbook that was checked. */
export function findings(checks: readonly EndpointCheck[]): Finding[] {
  const lines = [...new Set(checks.map(({ line }) => line))];
  return lines.map((line) => {
    const own = checks.filter((check) => check.line === line);
    const details = Object.fromEntries(own.map(({ id, verdict, detail }) => [id, `${verdict}: ${detail}`]));
    return { line, verdict: verdictOf(own), details };
  });
}

/** What was not asked does not spoil what was; nothing asked is no verdict. */
function verdictOf(checks: readonly EndpointCheck[]): Verdict {
  if (checks.some(({ verdict }) => verdict === 'fail')) return 'fail';
  return checks.some(({ verdict }) => verdict === 'pass') ? 'pass' : 'no-data';
}

async function run(options: Options): Promise<void> {
  const config = readStage(options.stage);
  const checks = await checkEndpoint(options);
  const verdict = verdictOf(checks);
  const lines = checks.map(({ id, verdict, detail }) => `${verdict.padEnd(8)} ${id.padEnd(18)} ${detail}`);
  console.log(
    options.json ? JSON.stringify({ verdict, checks }, undefined, 2) : [...lines, `verdict: ${verdict}`].join('\n'),
  );
  if (options.record) {
    const store = new EvidenceStore(output(await stageOutputs(config), 'EvidenceBucket'), config.region);
    const { key } = await store.write(operatorRun(new Date()), findings(checks));
    if (!options.json) console.log(`recorded: ${key}`);
  }
  process.exitCode = verdict === 'pass' ? 0 : 1;
}

function parseConnectTo(text: string): { address: string; port: number } {
  const [, address = '', port = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  if (!address || Number(port) > 65_535)
    throw new InvalidArgumentError('It must be an address and a port: 127.0.0.1:8443.');
  return { address, port: Number(port) };
}

/** `golive endpoint`. */
export function endpointCommand(): Command {
  const check = new Command('check')
    .description(
      'ask the deployed endpoint: DNS, certificate, TLS versions, allow-list, default endpoint, client certificates',
    )
    .addOption(stageOption())
    .option('--on-list', 'this machine is on the allow-list: expect 401 for an unsigned delivery, not 403', false)
    .option('--connect-to <address:port>', 'connect there instead of where DNS leads', parseConnectTo)
    .option('--ca <file>', 'trust this certificate authority (PEM) instead of the public ones')
    .option('--record', "write the result into the stage's evidence bucket", false)
    .option('--json', 'print it as JSON', false)
    .action(run);
  return new Command('endpoint').description('the webhook endpoint as it is deployed').addCommand(check);
}
