import { parseDocument } from 'yaml';
import * as z from 'zod';
import { oneOf, section, text } from '../config/fields';
import { type Problem, writePath } from '../config/problems';
import { RUNBOOK } from '../runbook/lines';

/** Roles of the runbook that somebody can have. */
export const ROLES = [...new Set(RUNBOOK.flatMap(({ owner, deputy }) => [owner, deputy]))].filter(
  (role) => role !== 'All',
);

/** Somebody of the staff; from a file that is never committed. */
export type Person = z.output<typeof person>;

const person = section({
  role: oneOf(...ROLES),
  name: text('a name of 2 to 60 characters', /^\S.{0,58}\S$/),
  phone: text('a telephone number such as "+44 1632 960001"', /^\+[1-9][\d ()-]{5,24}\d$/),
  /** When to call. */
  hours: text('a text of 2 to 60 characters', /^\S.{0,58}\S$/).optional(),
});
const schema = section({
  people: z.array(person, { error: 'must be a list of people with role, name, phone, hours' }),
});

/** Reads a file of people. Problems say where and what is allowed, and never what was found: it is personal. */
export function readPeople(file: string, content: string): { people: readonly Person[]; problems: Problem[] } {
  const problem = (path: string, must: string): Problem => ({ stage: file, path, must, found: 'something else' });
  const document = parseDocument(content, { uniqueKeys: true });
  if (document.errors.length > 0) return { people: [], problems: [problem('', 'must be YAML')] };
  const parsed = schema.safeParse(document.toJS() ?? {});
  const problems = parsed.error?.issues.map(({ path, message }) => problem(writePath(path), message)) ?? [];
  return { people: parsed.data?.people ?? [], problems };
}
