/** The members of a JSON object, which nobody has checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** A value's members; none when it is no object. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
