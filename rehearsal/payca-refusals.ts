/** A call that PayCA refuses, in the words of its catalogue (payca-contract.md, 4). */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message = 'rehearsed',
    readonly details: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'Refusal';
  }
}

export const invalid = (field: string) => new Refusal(400, 'ErrInvalidArg', `${field} is not valid`, { field });
export const conflict = (message: string) => new Refusal(409, 'ErrConflict', message);
export const absent = (what: string) => new Refusal(404, 'ErrNotFound', `no such ${what}`);
