const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[{}[\]:,]|true|false|null/g;

/** One string, number or word of a JSON text. */
export interface Scalar {
  /** As it stands in the text, with its quotes if it is a string. */
  readonly text: string;
  readonly isKey: boolean;
  /** The keys that lead to it; places in lists are left out. */
  readonly path: readonly string[];
}

/**
 * Rewrites scalars of a valid JSON text and leaves every other byte as it was, so that order, spacing and numbers of
 * any length survive. `rewrite` gives the new text of a scalar, or `undefined` to keep it.
 */
export function rewriteScalars(json: string, rewrite: (scalar: Scalar) => string | undefined): string {
  const containers: { readonly isObject: boolean; key?: string }[] = [];
  let isKey = false;
  return json.replace(TOKEN, (text) => {
    const container = containers.at(-1);
    if (text === '{' || text === '[') {
      containers.push({ isObject: text === '{' });
      isKey = text === '{';
    } else if (text === '}' || text === ']') {
      containers.pop();
      isKey = false;
    } else if (text === ',') {
      isKey = container?.isObject ?? false;
    } else if (text === ':') {
      isKey = false;
    } else {
      if (isKey && container) container.key = JSON.parse(text);
      const path = containers.flatMap(({ key }) => key ?? []);
      return rewrite({ text, isKey, path }) ?? text;
    }
    return text;
  });
}
