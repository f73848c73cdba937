import type { Fields } from '../payca/json';

/** How the tenant differs from others, and what a kind of card means to it; made of the stage's config. */
export interface LoadSettings {
  readonly fieldNames: {
    readonly userId: 'id' | 'userId';
    readonly ownUserId: 'userId' | 'externalId';
    readonly cardIdempotency: 'header' | 'body';
  };
  /** What `POST /v1/users` carries besides. */
  readonly userBody: Fields;
  /** What `POST /v1/cards` carries besides, by the word of the manifest. */
  readonly cardKinds: Readonly<Record<string, Fields>>;
}
