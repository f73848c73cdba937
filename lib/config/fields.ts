import * as z from 'zod';
import { canonicalCidr, cidrProblem, type IpFamily } from './cidr';

/** Zod's messages are never shown: each field says once what is allowed, and that serves every way of getting it wrong. */

export const text = (allowed: string, pattern: RegExp) => {
  const error = `must be ${allowed}`;
  return z.string({ error }).regex(pattern, { error });
};

export const whole = (allowed: string, min: number, max: number) => {
  const error = `must be ${allowed}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
};

export const oneOf = <const T extends readonly (string | number | boolean)[]>(...values: T) =>
  z.literal(values, { error: `must be ${values.length > 1 ? 'one of ' : ''}${values.join(', ')}` });

export const flag = z.boolean({ error: 'must be true or false' });

/** An object that knows its keys. */
export function section<S extends z.ZodRawShape>(shape: S) {
  const keys = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: ({ code }) =>
      `must ${code === 'unrecognized_keys' ? 'have no other keys than' : 'be an object with'} ${keys}`,
  });
}

/** A list without repetitions. */
export function list<T extends z.ZodType>(item: T, what: string, min: number, max: number) {
  const error = `must be a list of ${min} to ${max} ${what}, each once`;
  return z
    .array(item, { error })
    .min(min, { error })
    .max(max, { error })
    .refine((items) => new Set(items).size === items.length, { error });
}

/** One of two shapes, chosen by a look at the input: a mistake is judged against the shape that was meant. */
export function either<A extends z.ZodType, B extends z.ZodType>(
  isFirst: (input: unknown) => boolean,
  first: A,
  second: B,
) {
  return z.custom<z.input<A> | z.input<B>>().transform((input, context): z.output<A> | z.output<B> => {
    const result = isFirst(input) ? first.safeParse(input) : second.safeParse(input);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      context.addIssue({ code: 'custom', path: issue.path, message: issue.message, params: { found: foundIn(issue) } });
    }
    return z.NEVER;
  });
}

/** What was found, where an issue knows it better than its path does. */
export function foundIn(issue: z.core.$ZodIssue): string | undefined {
  if (issue.code === 'unrecognized_keys') return issue.keys.join(', ');
  return issue.code === 'custom' && typeof issue.params?.found === 'string' ? issue.params.found : undefined;
}

export const cidr = (family: IpFamily) =>
  z.string({ error: `must be a public ${family === 'ipv4' ? 'IPv4' : 'IPv6'} CIDR` }).transform((value, context) => {
    const problem = cidrProblem(value, family);
    if (!problem) return canonicalCidr(value);
    context.addIssue({ code: 'custom', message: problem.must, params: { found: problem.found } });
    return z.NEVER;
  });

const PARTITION = 'arn:aws(?:-cn|-us-gov)?';

export const account = text('a text of 12 digits in quotes, the id of an AWS account', /^\d{12}$/);
export const region = text('an AWS region such as eu-central-1', /^[a-z]{2}(-[a-z]+)+-\d$/);
export const host = text(
  'a full domain name in lower case, such as webhooks.example.com',
  /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
);
export const certificateArn = text(
  'the ARN of an ACM certificate: arn:aws:acm:<region>:<account>:certificate/<id>',
  new RegExp(`^${PARTITION}:acm:[a-z0-9-]+:\\d{12}:certificate/[A-Za-z0-9-]{1,64}$`),
);
export const topicArn = text(
  'the ARN of an SNS topic: arn:aws:sns:<region>:<account>:<name>',
  new RegExp(`^${PARTITION}:sns:[a-z0-9-]+:\\d{12}:[A-Za-z0-9_-]{1,256}$`),
);
export const policyArn = text(
  'the ARN of an IAM policy: arn:aws:iam::<account>:policy/<name>',
  new RegExp(`^${PARTITION}:iam::(\\d{12}|aws):policy/[\\w+=,.@/-]{1,512}$`),
);
export const roleArn = text(
  'the ARN of an IAM role: arn:aws:iam::<account>:role/<name>',
  new RegExp(`^${PARTITION}:iam::\\d{12}:role/[\\w+=,.@/-]{1,576}$`),
);
export const oidcProvider = text(
  "create, or the ARN of the account's IAM identity provider: arn:aws:iam::<account>:oidc-provider/<host>",
  new RegExp(`^(create|${PARTITION}:iam::\\d{12}:oidc-provider/[a-z0-9.-]+(/[\\w.-]+)*)$`),
);
export const operatorRole = text(
  'the ARN of an IAM role, with * for a part of its name: arn:aws:iam::<account>:role/<name>',
  new RegExp(`^${PARTITION}:iam::\\d{12}:role/(?!\\*+$)[\\w+=,.@/*-]{1,576}$`),
);
export const truststorePath = text(
  'a path inside the repository, such as certificates/payca-ca.pem',
  /^(?!\/|.*(^|\/)\.\.(\/|$))[\w./ -]+$/,
);

/** Region and account of an ARN. */
export function arnParts(arn: string): { region: string; account: string } {
  const [, , , arnRegion = '', arnAccount = ''] = arn.split(':');
  return { region: arnRegion, account: arnAccount };
}

const DATE_MUST = 'must be a date that exists, as YYYY-MM-DD';
export const date = z
  .string({ error: DATE_MUST })
  .refine((value) => isRealTime(`${value}T00:00:00.000Z`), { error: DATE_MUST });

const INSTANT_MUST = 'must be an instant in UTC such as 2026-12-01T08:00:00Z';
export const instant = z
  .string({ error: INSTANT_MUST })
  .refine((value) => /^[^.]{19}Z$/.test(value) && isRealTime(value.replace('Z', '.000Z')), { error: INSTANT_MUST });

/** The round trip refuses 30 February, which `Date` reads as 2 March. */
function isRealTime(iso: string): boolean {
  const time = new Date(iso);
  return !Number.isNaN(time.getTime()) && time.toISOString() === iso;
}

const ZONE_MUST = 'must be a time zone of the IANA database, such as Europe/Berlin';
export const zone = z.string({ error: ZONE_MUST }).refine(isZone, { error: ZONE_MUST });

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}
