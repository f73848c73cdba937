/** No formula and nothing to quote: nearly every cell. */
const PLAIN = /^(?![=+\-@\t\r\n])[^",\r\n']*$/;

/**
 * A cell that no spreadsheet takes for a formula: what begins with one of OWASP's characters gets an apostrophe before
 * it (https://owasp.org/www-community/attacks/CSV_Injection). A plain number, which may be negative, stays a number.
 */
export function csvCell(value = ''): string {
  if (value === '' || PLAIN.test(value)) return value;
  const text = /^[=+\-@\t\r\n]/.test(value) && !/^-?\d+(\.\d+)?$/.test(value) ? `'${value}` : value;
  return /[",\r\n']/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A line of RFC 4180. */
export function csvLine(cells: readonly (string | undefined)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}
