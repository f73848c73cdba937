import type { ClientPair } from './api';

/** A version of the credentials secret, without its value. */
export interface SecretVersion {
  readonly id: string;
  /** Staging labels: AWS's own and ours. */
  readonly stages: readonly string[];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** The value of one version. */
export type SecretContent = Readonly<Record<string, unknown>>;

/** The pair that a version holds; none in `{"supplied":false}`, with which a secret is born. */
export function clientPair(content: SecretContent | undefined): ClientPair | undefined {
  const { clientId, clientSecret } = content ?? {};
  const usable = typeof clientId === 'string' && typeof clientSecret === 'string' && clientId && clientSecret;
  return usable ? { clientId, clientSecret } : undefined;
}

export function versionAt(stage: string, versions: readonly SecretVersion[]): SecretVersion | undefined {
  return versions.find(({ stages }) => stages.includes(stage));
}

/**
 * A staging label of our own, on a version that was current: until when webhooks signed with it are accepted. It moves
 * with no stage, so each of several former pairs keeps its own end.
 */
const ACCEPTED_UNTIL = /^AcceptedUntil-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-\w+$/;

/** The label for a moment, to the second. A label belongs to one version at a time, so it carries a part of the version's id. */
export function acceptedUntilLabel(milliseconds: number, versionId: string): string {
  const moment = new Date(milliseconds).toISOString().replace(/[-:]|\.\d+/g, '');
  return `AcceptedUntil-${moment}-${versionId.slice(0, 8)}`;
}

/** The labels that say an end, with their moments in milliseconds since 1970. */
export function acceptedUntilLabels({ stages }: SecretVersion): { label: string; until: number }[] {
  return stages.flatMap((label) => {
    const [, year, month, day, hour, minute, second] = ACCEPTED_UNTIL.exec(label) ?? [];
    return year ? [{ label, until: Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) }] : [];
  });
}

/** The end of a version's overlap in milliseconds since 1970; `undefined` for one that was never superseded. */
export function acceptedUntil(version: SecretVersion): number | undefined {
  const ends = acceptedUntilLabels(version).map(({ until }) => until);
  return ends.length > 0 ? Math.max(...ends) : undefined;
}
