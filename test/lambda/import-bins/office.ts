import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { NoSuchKey } from '@aws-sdk/client-s3';
import type { Importer } from '../../../lambda/import-bins/import-file';
import type { Live } from '../../../lambda/import-bins/live';
import { type Outcome, operate, type Request } from '../../../lambda/import-bins/operation';
import { Register } from '../../../lambda/import-bins/register';
import { CatalogueReader } from '../../../lambda/payca/bin-catalogue';
import type { Finding } from '../../../lambda/payca/evidence';
import { ProgressChanged } from '../../../lambda/payca/progress';

/** What a stage has around an import, in memory. */
export class Office {
  readonly objects = new Map<string, string>();
  readonly remembered = new Map<string, string>();
  readonly records: (Finding & { readonly actor: string })[] = [];
  live: Live = { state: 'not-offered' };
  recordFails = false;
  private runs = 0;
  private readonly directory = mkdtempSync(join(tmpdir(), 'office-'));

  private readonly progress = {
    recall: async (thing: string) => {
      const text = this.remembered.get(thing);
      return text && JSON.parse(text);
    },
    rememberIf: async (thing: string, state: unknown, former: unknown) => {
      if (this.remembered.get(thing) !== (former === undefined ? undefined : JSON.stringify(former)))
        throw new ProgressChanged('import-bins', thing);
      this.remembered.set(thing, JSON.stringify(state));
    },
    all: async (prefix: string) =>
      new Map(
        [...this.remembered].filter(([key]) => key.startsWith(prefix)).map(([key, text]) => [key, JSON.parse(text)]),
      ),
  };
  private readonly s3 = {
    send: async ({ input }: { input: { Key?: string } }) => {
      const found = this.objects.get(input.Key ?? '');
      if (found === undefined) throw new NoSuchKey({ message: 'The specified key does not exist.', $metadata: {} });
      return { Body: Readable.from([Buffer.from(found)]) };
    },
  };
  readonly reader = new CatalogueReader('imports', this.progress, this.s3 as never);

  get inForce(): string | undefined {
    const text = this.remembered.get('current');
    return text && JSON.parse(text).version;
  }

  ask(request: Request): Promise<Outcome> {
    return operate(request, this.importer());
  }

  import(content: string, dryRun = false): Promise<Outcome> {
    const key = `bins/commands/${this.runs}/catalogue.csv`;
    this.objects.set(key, content);
    return this.ask({ do: 'import', key, dryRun, actor: 'finance' });
  }

  /** Imports what must be usable; gives the version. */
  async version(content: string): Promise<string> {
    const outcome = await this.import(content);
    if (outcome.result !== 'imported') throw new Error(JSON.stringify(outcome));
    return outcome.version.version;
  }

  confirm(version: string, reason?: string): Promise<Outcome> {
    return this.ask({ do: 'confirm', version, actor: 'finance', reason });
  }

  close(): void {
    rmSync(this.directory, { recursive: true });
  }

  private importer(): Importer {
    this.runs += 1;
    const directory = join(this.directory, String(this.runs));
    mkdirSync(directory);
    return {
      stage: 'production',
      decimals: {},
      register: new Register(this.progress),
      open: async (key) => Readable.from([Buffer.from(this.objects.get(key) ?? '')]),
      put: async (key, path) => void this.objects.set(key, readFileSync(path, 'utf8')),
      lines: (version) => this.reader.lines(version),
      live: async () => this.live,
      record: async (finding, actor) => {
        if (this.recordFails) throw new Error('the chain is broken');
        return `runs/${this.records.push({ ...finding, actor })}`;
      },
      directory,
      run: { id: `run-${this.runs}`, time: new Date(Date.UTC(2027, 0, 8, 10, 0, this.runs)).toISOString() },
    };
  }
}
