import { rewriteScalars } from '../payca/json-text';

/** The JSON text of a tokenization webhook with `data.code`, whatever it is and however often it stands there, hidden. */
export function hideOneTimeCode(json: string): string {
  return rewriteScalars(json, ({ path: [data, code], isKey }) =>
    data === 'data' && code === 'code' && !isKey ? '"[encrypted]"' : undefined,
  );
}
