/**
 * The newer `settle_fee` stands for three older words: the fees of an authorization, of its settlement and of the account
 * (payca-contract.md, 9.3).
 */
const NEWER_WORD = 'settle_fee';
const OLDER_WORDS: readonly string[] = ['authorization_fee', 'settlement_fee', 'platform_fee'];

export const FEE_WORDS: readonly string[] = [NEWER_WORD, ...OLDER_WORDS, 'decline_fee', 'issue_fee'];

/** What the words of both profiles for one thing have in common; any other word stands for itself. */
export function feeFamily(word: string): string {
  return OLDER_WORDS.includes(word) ? NEWER_WORD : word;
}

/** What the other profile may call a fee. */
export function otherWords(word: string): readonly string[] {
  if (word === NEWER_WORD) return OLDER_WORDS;
  return OLDER_WORDS.includes(word) ? [NEWER_WORD] : [];
}

/** Whether one profile charges this fee when the card is authorized, and the other when that is settled. */
export function dependsOnTiming(word: string): boolean {
  return word === NEWER_WORD || word === 'authorization_fee';
}
