import type { Fields } from '../payca/json';
import { readId } from '../payca/reading';
import type { Found } from './desk';

/** A card that was asked for long ago. */
export interface SoughtCard {
  readonly account: string;
  readonly bin: string;
  /** Whether it is the only card that may be on the account without being known. */
  readonly isAlone: boolean;
}

/** PayCA's ids of cards that we know of, each with the account that it was issued on, where that is known. */
export type KnownCards = ReadonlyMap<string, string | undefined>;

/**
 * Which of PayCA's whole list of cards is the one that was asked for. "None" and "this one" are said only of a list that can
 * be trusted: it shows the cards that we know, and by `linkedAccountId` the account that was asked for. Neither is
 * documented (payca-contract.md, 7.5).
 */
export function findInList(items: readonly Fields[], { account, bin, isAlone }: SoughtCard, known: KnownCards): Found {
  const cards = items.map((item) => ({ id: readId('card', item), bin: item.bin, linked: item.linkedAccountId }));
  const ours = cards.filter(({ id }) => id !== undefined && known.has(id));
  const strangers = cards.filter((card) => !ours.includes(card) && (card.bin === undefined || card.bin === bin));
  if (known.size > 0 && ours.length === 0) return unclear('its list does not show the cards that are there');
  if (strangers.length === 0) return { kind: 'not-made' };
  const own = strangers.filter(({ linked }) => linked === account);
  const witnesses = ours.flatMap(({ id, linked }) => {
    const issuedOn = id && known.get(id);
    return issuedOn ? [linked === issuedOn] : [];
  });
  const tellsAccounts = (own.length > 0 || witnesses.length > 0) && !witnesses.includes(false);
  if (!tellsAccounts || strangers.some(({ id, linked }) => id === undefined || typeof linked !== 'string'))
    return unclear('its list does not tell whose cards they are');
  const [only, ...others] = own;
  if (only === undefined) return { kind: 'not-made' };
  if (only.id !== undefined && isAlone && others.length === 0) return { kind: 'made', id: only.id };
  return unclear(`${own.length} cards of this account and BIN may be it`);
}

export function unclear(what: string): Found {
  return { kind: 'unclear', reason: `${what}: look for it at PayCA` };
}
