import {
  type Credentials,
  everyPayload,
  oneIdThroughItsSteps,
  payload,
  type Random,
  tokenizationCode,
  type Webhook,
  webhook,
} from './payca';

/** One webhook, sent in so many copies at the same moment. */
export interface Sending {
  readonly webhook: Webhook;
  readonly copies: number;
  /** The receiver's answer: acknowledged, or the status of a refusal. */
  readonly expected: 'acknowledged' | 400 | 401;
}

export interface Traffic {
  readonly sendings: readonly Sending[];
  /** How many deliveries there are of each kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** One-time codes and card numbers in the bodies, which must not be found again. */
  readonly codes: ReadonlySet<string>;
  readonly cardNumbers: ReadonlySet<string>;
}

/** Of 1,000 deliveries, so many that must be refused. */
const REFUSED = { badSignature: 10, wrongClientId: 5, brokenJson: 5 };
const MOST_COPIES = 64;

/**
 * What PayCA might send in a busy hour: `deliveries` of them, 10 % duplicates, half of which come at the same moment in
 * 2 to 64 copies. The order is mixed, so that steps of one id come in any order.
 */
export function traffic(deliveries: number, credentials: Credentials, bodyLimit: number, random: Random): Traffic {
  const maker = new Maker(credentials, bodyLimit, random);
  const refused = (share: number) => Math.max(1, Math.round((deliveries * share) / 1000));
  const bad = [
    ...times(refused(REFUSED.badSignature), () => maker.badSignature()),
    ...times(refused(REFUSED.wrongClientId), () => maker.wrongClientId()),
    ...times(refused(REFUSED.brokenJson), () => maker.brokenJson()),
  ];
  const duplicates = Math.floor(deliveries / 10);
  const good = maker.acknowledged(Math.max(0, deliveries - duplicates - bad.length));
  const concurrent = inCopies(good, Math.floor(duplicates / 2), random);
  const again = times(duplicates - Math.floor(duplicates / 2), () => ({ ...random.pick(good), copies: 1 }));
  if (again.length > 0) maker.count('sent again later', again.length);
  maker.count('copies at the same moment', Math.floor(duplicates / 2));
  return {
    sendings: random.shuffle([...concurrent, ...again, ...bad]),
    kinds: maker.kinds,
    codes: maker.codes,
    cardNumbers: maker.cardNumbers,
  };
}

/** Spreads `extra` further copies over some of the sendings, 1 to 63 at a time. */
function inCopies(sendings: readonly Sending[], extra: number, random: Random): Sending[] {
  const result = [...sendings];
  let left = extra;
  for (let index = 0; left > 0 && index < result.length; index += 1) {
    const more = Math.min(left, 1 + random.below(MOST_COPIES - 1));
    result[index] = { ...(result[index] as Sending), copies: 1 + more };
    left -= more;
  }
  return random.shuffle(result);
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

class Maker {
  readonly kinds: Record<string, number> = {};
  readonly codes = new Set<string>();
  readonly cardNumbers = new Set<string>();

  constructor(
    private readonly credentials: Credentials,
    private readonly bodyLimit: number,
    private readonly random: Random,
  ) {}

  count(kind: string, by = 1): void {
    this.kinds[kind] = (this.kinds[kind] ?? 0) + by;
  }

  /** Every kind at least once where there is room, the contract's own payloads most of the time. */
  acknowledged(count: number): Sending[] {
    const { random } = this;
    const sendings: Sending[] = [];
    const specials = [
      () => everyPayload(random).map((data) => this.signed('each payload of the contract', JSON.stringify(data))),
      () => oneIdThroughItsSteps(random).map((data) => this.signed('one id through its steps', JSON.stringify(data))),
      () => [this.tokenizationCode()],
      () => [this.withCardNumber()],
      () => [this.withoutClientId()],
      () => this.sameKeyOtherBytes(),
    ];
    if (count > 100) sendings.push(...times(3, () => this.atTheLimit()));
    while (sendings.length < count) {
      const special =
        random.below(10) === 0 || sendings.length < 80 ? specials[sendings.length % specials.length] : undefined;
      const next = special?.() ?? [this.signed('any payload of the contract', JSON.stringify(payload(random)))];
      if (sendings.length + next.length <= count) sendings.push(...next);
      else sendings.push(this.signed('any payload of the contract', JSON.stringify(payload(random))));
    }
    return sendings.slice(0, count);
  }

  badSignature(): Sending {
    const { body, headers } = webhook(JSON.stringify(payload(this.random)), this.credentials, this.random);
    const { 'x-signature': signature = '', ...unsigned } = headers;
    const stranger = { ...this.credentials, clientSecret: this.random.uuid() };
    const variants: Webhook[] = [
      // The answer tells whether the signature is judged before the body is read.
      webhook('{"event":', stranger, this.random),
      { body, headers: unsigned },
      { body, headers: { ...unsigned, 'x-signature': signature.slice(0, -1) } },
      { body, headers: { ...unsigned, 'x-signature': signature.slice('sha256='.length) } },
      { body: Buffer.concat([body, Buffer.from(' ')]), headers },
      webhook(body, stranger, this.random),
    ];
    const kind = 'bad signature';
    return this.refused(kind, variants[(this.kinds[kind] ?? 0) % variants.length] as Webhook, 401);
  }

  wrongClientId(): Sending {
    const stranger = { ...this.credentials, clientId: this.random.uuid() };
    return this.refused('wrong client id', webhook(JSON.stringify(payload(this.random)), stranger, this.random), 401);
  }

  brokenJson(): Sending {
    const text = JSON.stringify(payload(this.random));
    const bodies = [
      text.slice(0, -2),
      '',
      `${text},`,
      Buffer.concat([Buffer.from('{"event":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    ];
    return this.refused('not JSON', webhook(this.random.pick(bodies), this.credentials, this.random), 400);
  }

  private tokenizationCode(): Sending {
    const { payload: data, code } = tokenizationCode(this.random);
    this.codes.add(code);
    return this.signed('one-time code', JSON.stringify(data));
  }

  /** PayCA should never send one; if it does, as text, in groups, or as a number. */
  private withCardNumber(): Sending {
    const cardNumber = this.random.cardNumber();
    this.cardNumbers.add(cardNumber);
    const data = { ...payload(this.random), note: 'CARD' };
    const forms = [`"${cardNumber}"`, cardNumber, `"charged to ${cardNumber.replace(/\d{4}(?=\d)/g, '$& ')} today"`];
    return this.signed('with a card number', JSON.stringify(data).replace('"CARD"', this.random.pick(forms)));
  }

  private withoutClientId(): Sending {
    const { webhook: signed, ...rest } = this.signed('no client id', JSON.stringify(payload(this.random)));
    const { 'x-client-id': _, ...headers } = signed.headers;
    return { ...rest, webhook: { ...signed, headers } };
  }

  private sameKeyOtherBytes(): Sending[] {
    const id = this.random.uuid();
    return ['1.00', '2.00'].map((transactionAmount) =>
      this.signed(
        'same key, other bytes',
        JSON.stringify({ event: 'card_transaction', data: { id, type: 'adjustment', transactionAmount } }),
      ),
    );
  }

  private atTheLimit(): Sending {
    const head = `{"event":"kyc","data":{"id":"${this.random.uuid()}","note":"`;
    return this.signed('body at the limit', `${head.padEnd(this.bodyLimit - 3, 'x')}"}}`);
  }

  private signed(kind: string, body: string): Sending {
    this.count(kind);
    return { webhook: webhook(body, this.credentials, this.random), copies: 1, expected: 'acknowledged' };
  }

  private refused(kind: string, bad: Webhook, expected: 400 | 401): Sending {
    this.count(kind);
    return { webhook: bad, copies: 1, expected };
  }
}
