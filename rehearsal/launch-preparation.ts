import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { subscribe, whileDelivering } from './acts/smoke';
import { csv, GOOD_ROWS } from './bin-cases';
import { HEADER } from './card-loading';
import { SMOKE_TENANTS, smokeSettings } from './smoke-tenants';
import type { World } from './world';

/** Runs an operator's command, which must go well, as a check of this id; gives what it printed. */
type Operator = (id: string, ...parameters: string[]) => Promise<string>;

const SCHEDULED = { 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} };
const USERS = ['crm-1001,active,Ada,1990-02-28,card-77,411111,EUR,,', 'crm-1002,pending,Grace,1985-11-03,,,,,'];

/** What a team does at the stage before it schedules its launch, each with a record of a line of the runbook. */
export class LaunchPreparation {
  constructor(
    private readonly world: World,
    private readonly operator: Operator,
  ) {}

  async all(): Promise<void> {
    const directory = mkdtempSync(join(tmpdir(), 'rehearsal-'));
    try {
      await this.endpoint(directory);
      await this.operator('support-pack', 'support-pack', '--out', directory, '--record');
      await this.catalogue(directory);
      await this.world.function('watch-payca').invoke(SCHEDULED);
      await this.operator('prefunded', 'prefund', 'check', '--record');
      await this.usersAndCards(directory);
    } finally {
      rmSync(directory, { recursive: true });
    }
    await this.smoke();
    await this.drill();
  }

  /** From the internet, from an address that is not on the list. */
  private async endpoint(directory: string): Promise<void> {
    const { edge, address } = this.world;
    const ca = join(directory, 'ca.pem');
    writeFileSync(ca, address.ca);
    edge.direct = { address: '8.8.8.8', host: edge.domainName };
    const where = ['--connect-to', `127.0.0.1:${address.port}`, '--ca', ca];
    await this.operator('endpoint', 'endpoint', 'check', ...where, '--record');
    edge.direct = undefined;
  }

  private async catalogue(directory: string): Promise<void> {
    const file = join(directory, 'catalogue.csv');
    writeFileSync(file, csv(GOOD_ROWS));
    const imported = await this.operator('catalogue', 'bins', 'import', file);
    const [, version = ''] = /^version: {2}(\S+), new$/m.exec(imported) ?? [];
    await this.operator('catalogue-confirmed', 'bins', 'confirm', version);
  }

  private async usersAndCards(directory: string): Promise<void> {
    const file = join(directory, 'users.csv');
    writeFileSync(file, [HEADER, ...USERS, ''].join('\n'));
    await this.operator('users-and-cards', 'cards', 'load', file, '--confirm');
    await this.world.sources.drained();
    await this.world.function('load-cards').invoke(SCHEDULED);
  }

  /** With the accounts and caps that a team names in `smoke`; the example config has none. */
  private async smoke(): Promise<void> {
    const { world } = this;
    const [tenant] = SMOKE_TENANTS;
    if (!tenant) throw new Error('no tenant has smoke tests');
    const lambda = world.function('smoke-test');
    lambda.otherVariables = { SMOKE_SETTINGS: JSON.stringify(smokeSettings(world.deployment, tenant, world.payca)) };
    subscribe(world);
    await whileDelivering(world, () => this.operator('smoke', 'smoke', '--all'));
  }

  /** Of a page, which PagerDuty hears: that shows the way of an incident too. */
  private async drill(): Promise<void> {
    const pump = setInterval(() => void this.world.sources.drained(), 100);
    await this.operator('drill', 'drill', 'webhook-outage', '--timeout', '60').finally(() => clearInterval(pump));
    await this.world.sources.drained();
  }
}
