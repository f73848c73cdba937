import Big from 'big.js';
import { CsvError, type InfoRecord, parse } from 'csv-parse/sync';
import type { ManifestCard, ManifestEntry, ManifestUser } from '../lambda/load-cards/manifest';
import type { CatalogueRow } from '../lambda/payca/bin-catalogue';
import { isCurrency, minorDigits } from '../lambda/payca/money';
import { maskText } from '../lambda/receive-webhook/card-numbers';

/** What is wrong with a file of users and cards. It never says what stands in the file: that may be about a person. */
export interface ManifestProblem {
  readonly line: number;
  readonly column?: string;
  /** "must ...", or what is the matter. */
  readonly text: string;
}

export interface ReadManifest {
  readonly entries: readonly ManifestEntry[];
  readonly problems: readonly ManifestProblem[];
}

/** What the file is held against. */
export interface ManifestRules {
  /** The BIN catalogue in force. */
  readonly catalogue: readonly CatalogueRow[] | undefined;
  /** `migration.cardKinds`. */
  readonly cardKinds: readonly string[];
}

const USER_COLUMNS = ['user_id', 'user_status', 'payca_user_id', 'payca_user_account_id'] as const;
const CARD_COLUMNS = ['card_ref', 'bin', 'currency', 'balance', 'account_id', 'kind', 'payca_card_id'] as const;
const COLUMNS: readonly string[] = [...USER_COLUMNS, ...CARD_COLUMNS];
const META = /^meta\.[A-Za-z]\w{0,63}$/;
/** Users of one initial load; a larger one is given in several files, one after the other. */
const MAX_ROWS = 100_000;
const MAX_MEGABYTES = 200;
const ID = /^[\w.:-]{1,128}$/;
const ID_RULE = 'must have 1 to 128 letters, digits or _ . : -, since it is written into results and logs';

interface Parsed {
  readonly record: string[];
  readonly info: InfoRecord;
}

type Cells = Readonly<Record<string, string>>;

/** Reads a CSV file of users and cards, and holds it against the catalogue; all problems at once. */
export function readManifest(file: Uint8Array, rules: ManifestRules): ReadManifest {
  return new ManifestReader(rules).read(file);
}

class ManifestReader {
  private readonly problems: ManifestProblem[] = [];
  private readonly entries: { row: number; user?: ManifestUser; cards: ManifestCard[] }[] = [];
  private readonly userLines = new Map<string, number>();
  private readonly cardLines = new Map<string, number>();
  /** Lines of PayCA's ids, by column and id. */
  private readonly paycaLines = new Map<string, number>();
  private meta: readonly string[] = [];

  /** The catalogue, by BIN and currency. */
  private readonly offers: ReadonlyMap<string, CatalogueRow>;

  constructor(private readonly rules: ManifestRules) {
    this.offers = new Map((rules.catalogue ?? []).map((row) => [`${row.bin} ${row.currency}`, row]));
  }

  read(file: Uint8Array): ReadManifest {
    if (!this.rules.catalogue) this.problem(1, undefined, 'there is no BIN catalogue in force: golive bins import');
    const [header, ...lines] = this.parsed(file) ?? [];
    const names = header && this.header(header);
    if (names && header) {
      const lineOf = lineCounter(header);
      for (const one of lines) this.line(names, one.record, lineOf(one));
    }
    if (names && lines.length === 0) this.problem(1, undefined, 'no users or cards follow');
    if (lines.length > MAX_ROWS)
      this.problem(1, undefined, `must have at most ${MAX_ROWS} lines: divide it into several files`);
    for (const entry of this.entries) this.mayIssue(entry);
    return { entries: this.entries, problems: this.problems.toSorted((one, other) => one.line - other.line) };
  }

  private parsed(file: Uint8Array): Parsed[] | undefined {
    if (file.length > MAX_MEGABYTES * 1e6) {
      this.problem(1, undefined, `must have at most ${MAX_MEGABYTES} MB: divide it into several files`);
      return undefined;
    }
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(file);
      const options = { bom: true, info: true, trim: true, skip_empty_lines: true, relax_column_count: true } as const;
      const lines = parse(text, options) as unknown as Parsed[];
      if (lines.length === 0) this.problem(1, undefined, 'must have the names of the columns');
      return lines;
    } catch (error) {
      // Its message would quote the file.
      const line = error instanceof CsvError ? Number(error.lines) : 1;
      this.problem(line, undefined, error instanceof CsvError ? `is no CSV: ${error.code}` : 'must be text in UTF-8');
      return undefined;
    }
  }

  private header({ record }: Parsed): string[] | undefined {
    const before = this.problems.length;
    record.forEach((name, index) => {
      const column = `column ${index + 1}`;
      const known = COLUMNS.includes(name) || META.test(name);
      if (!known) this.problem(1, column, `must be named one of ${COLUMNS.join(', ')} or meta.<field of PayCA's meta>`);
      else if (record.indexOf(name) < index)
        this.problem(1, column, `is named like column ${record.indexOf(name) + 1}`);
    });
    if (!record.includes('user_id') && !record.includes('card_ref'))
      this.problem(1, undefined, 'must name user_id, card_ref or both');
    this.meta = record.filter((name) => META.test(name));
    return this.problems.length === before ? record : undefined;
  }

  private line(names: readonly string[], record: readonly string[], line: number): void {
    if (record.length !== names.length) {
      this.problem(line, undefined, `must have ${names.length} fields, has ${record.length}`);
      return;
    }
    const cells: Cells = Object.fromEntries(names.map((name, index) => [name, record[index] ?? '']));
    const { user_id: userId = '', card_ref: ref = '' } = cells;
    if (!userId && !ref) {
      this.problem(line, undefined, 'must have a user_id, a card_ref or both');
      return;
    }
    if (userId) this.id(userId, 'user_id', line, ID_RULE);
    const card = ref ? this.card(cells, line) : this.noCard(cells, line);
    const last = this.entries.at(-1);
    if (userId && last?.user?.ownId === userId) {
      this.further(cells, line);
      if (card) last.cards.push(card);
      else this.problem(line, 'card_ref', 'must be given on a further line of a user');
      return;
    }
    const user = userId ? this.user(userId, cells, line) : undefined;
    this.entries.push({ row: line, ...(user && { user }), cards: card ? [card] : [] });
  }

  private user(ownId: string, cells: Cells, line: number): ManifestUser {
    const first = this.userLines.get(ownId);
    if (first !== undefined)
      this.problem(line, 'user_id', `stands on line ${first} already: the lines of a user must follow one another`);
    this.userLines.set(ownId, first ?? line);
    const status = cells.user_status;
    if (status && !['pending', 'active'].includes(status))
      this.problem(line, 'user_status', 'must be pending, active or empty');
    const { payca_user_id: paycaId, payca_user_account_id: paycaAccount } = cells;
    this.paycaIds(cells, ['payca_user_id', 'payca_user_account_id'], line);
    if (paycaAccount && !paycaId) this.problem(line, 'payca_user_id', 'must be given where payca_user_account_id is');
    // Of a user who is there nothing is sent.
    for (const name of this.meta) if (!cells[name] && !paycaId) this.problem(line, name, 'must be given');
    if (cells['meta.birthday'] && !isDate(cells['meta.birthday']))
      this.problem(line, 'meta.birthday', 'must be a date that exists, as YYYY-MM-DD');
    const meta = Object.fromEntries(this.meta.map((name) => [name.slice('meta.'.length), cells[name] ?? '']));
    const there = { ...(paycaId && { paycaId }), ...(paycaAccount && { paycaAccount }) };
    return { ownId, ...(status && { status }), meta, ...there };
  }

  /** A user's data stand once. */
  private further(cells: Cells, line: number): void {
    for (const name of [...USER_COLUMNS.slice(1), ...this.meta])
      if (cells[name]) this.problem(line, name, 'must be empty on a further line of a user');
  }

  private noCard(cells: Cells, line: number): undefined {
    for (const name of CARD_COLUMNS) if (cells[name]) this.problem(line, name, 'must be empty without a card_ref');
  }

  private card(cells: Cells, line: number): ManifestCard {
    const { card_ref: ref = '', bin = '', currency = '', balance, account_id: account, kind } = cells;
    const { payca_card_id: paycaId } = cells;
    this.paycaIds(cells, ['payca_card_id'], line);
    this.id(ref, 'card_ref', line, ID_RULE);
    const first = this.cardLines.get(ref);
    if (first !== undefined) this.problem(line, 'card_ref', `must be given once, and stands on line ${first}`);
    this.cardLines.set(ref, first ?? line);
    const known = this.offered(bin, currency, line);
    const sum = balance && this.balance(balance, currency, account ? known?.minCardBalance : undefined, line);
    if (account) this.id(account, 'account_id', line, "must be PayCA's id of an account");
    if (account && !balance && !paycaId) this.problem(line, 'balance', 'must be given where account_id is');
    if (!account && !cells.user_id) this.problem(line, 'account_id', 'must be given for a card without a user');
    const { cardKinds } = this.rules;
    if (kind && !cardKinds.includes(kind))
      this.problem(
        line,
        'kind',
        `must be empty or one of migration.cardKinds: ${cardKinds.join(', ') || 'none is configured'}`,
      );
    const optional = {
      ...(sum && { balance: sum }),
      ...(account && { account }),
      ...(kind && { kind }),
      ...(paycaId && { paycaId }),
    };
    return { row: line, ref, bin, currency, ...optional };
  }

  private id(id: string, column: string, line: number, rule: string): void {
    if (!ID.test(id)) this.problem(line, column, rule);
    else if (maskText(id).masked > 0) this.problem(line, column, 'must not be a card number');
  }

  /** Another system's notes of PayCA's ids: each stands for one thing. */
  private paycaIds(cells: Cells, columns: readonly string[], line: number): void {
    for (const column of columns) {
      const id = cells[column];
      if (!id) continue;
      this.id(id, column, line, "must be PayCA's id, of letters, digits or _ . : -");
      const first = this.paycaLines.get(`${column} ${id}`);
      if (first !== undefined) this.problem(line, column, `must be given once, and stands on line ${first}`);
      else this.paycaLines.set(`${column} ${id}`, line);
    }
  }

  private offered(bin: string, currency: string, line: number): CatalogueRow | undefined {
    const isBin = /^(\d{6}|\d{8})$/.test(bin);
    if (!isBin) this.problem(line, 'bin', 'must have 6 or 8 digits');
    if (!isCurrency(currency)) this.problem(line, 'currency', 'must be a currency of ISO 4217, such as EUR');
    const known = this.offers.get(`${bin} ${currency}`);
    if (this.rules.catalogue && isBin && isCurrency(currency) && !known)
      this.problem(line, 'bin', 'must be in the BIN catalogue in force, in this currency');
    return known;
  }

  /** As PayCA writes money: a decimal point and every decimal of the currency (payca-contract.md, 7). */
  private balance(balance: string, currency: string, least: string | undefined, line: number): string | undefined {
    const digits = minorDigits(currency);
    const form = new RegExp(digits === 0 ? '^(0|[1-9]\\d{0,11})$' : `^(0|[1-9]\\d{0,11})(\\.\\d{1,${digits}})?$`);
    if (!form.test(balance)) {
      this.problem(line, 'balance', `must be a decimal amount with at most ${digits} decimals`);
      return undefined;
    }
    if (least && new Big(balance).lt(least))
      this.problem(line, 'balance', 'must be at least the minimum balance of its BIN in the catalogue');
    return new Big(balance).toFixed(digits);
  }

  /** payca-contract.md, 11.1: who is not active gets no card on the own wallet. */
  private mayIssue({ row, user, cards }: ManifestEntry): void {
    if (!user || user.status === 'active' || user.paycaId) return;
    if (cards.some(({ account, paycaId }) => account === undefined && !paycaId))
      this.problem(row, 'user_status', 'must be active: PayCA issues no card on the wallet of another user');
  }

  private problem(line: number, column: string | undefined, text: string): void {
    this.problems.push({ line, ...(column && { column }), text });
  }
}

/** The line on which a record begins: csv-parse tells the one on which it ends, and counts CRLF within quotes twice. */
function lineCounter(header: Parsed): (parsed: Parsed) => number {
  const count = ({ record }: Parsed, what: RegExp) => record.join(',').match(what)?.length ?? 0;
  let twice = count(header, /\r\n/g);
  return (parsed) => {
    twice += count(parsed, /\r\n/g);
    return parsed.info.lines - twice - count(parsed, /\n/g);
  };
}

function isDate(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
