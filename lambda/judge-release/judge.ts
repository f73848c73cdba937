import type { Verdict } from '../payca/evidence';

/** What CloudFormation asks about a release. */
export interface ReleaseRequest {
  readonly type: 'Create' | 'Update' | 'Delete';
  readonly release: string;
  /** The one before, at an update. */
  readonly former?: string;
  readonly onFailure: 'rollback' | 'report';
}

/** What is known of a release that was deployed before. */
export interface ReleaseRecord {
  /** Its deploy was let through, so a rollback may come back to it. */
  readonly accepted: boolean;
  readonly verdict: Verdict | 'under way';
  /** ISO 8601 in UTC. */
  readonly at: string;
}

export interface ReleaseWorld {
  readonly recall: (release: string) => Promise<ReleaseRecord | undefined>;
  readonly remember: (release: string, record: ReleaseRecord) => Promise<void>;
  /** Runs the smoke tests that the config wants after a deploy. */
  readonly test: (release: string) => Promise<{ readonly verdict: Verdict; readonly summary: string }>;
  readonly now: () => Date;
  /** Told of what went wrong on our side, which never stops a deploy. */
  readonly onProblem: (error: unknown) => void;
}

/** What CloudFormation is told; the reason stands in the stack's events. */
export interface Answer {
  readonly status: 'SUCCESS' | 'FAILED';
  readonly reason: string;
}

/**
 * Tests a new release, and refuses it in one case alone: an update to a release that is not known, whose smoke tests found
 * a fault, where the config wants a rollback. All else is let through: a refusal during a rollback, or because of
 * somebody's outage, would leave the stack in a state that only a person can mend.
 */
export async function judgeRelease(request: ReleaseRequest, world: ReleaseWorld): Promise<Answer> {
  const { type, release } = request;
  if (type === 'Delete') return success('nothing to test');
  try {
    if ((await world.recall(release))?.accepted) return success(`${release} was deployed before`);
    if (await isWayBack(request, world)) return success(`back to ${release}: the release before it was refused`);
  } catch (error) {
    world.onProblem(error);
    return success(`not tested: it could not be looked up whether ${release} was deployed before`);
  }
  return testRelease(request, world);
}

/** A refused release is followed by the one before it, whatever is known about that one. */
async function isWayBack({ type, former }: ReleaseRequest, { recall }: ReleaseWorld): Promise<boolean> {
  const record = type === 'Update' && former !== undefined ? await recall(former) : undefined;
  return record?.accepted === false && record.verdict === 'fail';
}

async function testRelease({ type, release, onFailure }: ReleaseRequest, world: ReleaseWorld): Promise<Answer> {
  const at = world.now().toISOString();
  const mayRefuse = type === 'Update' && onFailure === 'rollback';
  try {
    await world.remember(release, { accepted: !mayRefuse, verdict: 'under way', at });
    const { verdict, summary } = await world.test(release);
    const accepted = !mayRefuse || verdict !== 'fail';
    await world.remember(release, { accepted, verdict, at });
    const reason = `smoke ${verdict} of ${release}: ${summary}`;
    return accepted ? success(reason) : { status: 'FAILED', reason };
  } catch (error) {
    world.onProblem(error);
    // Whether it is sound is not known, and it stays: a rollback must find the way back to it.
    await world.remember(release, { accepted: true, verdict: 'no-data', at }).catch(world.onProblem);
    return success(`${release} could not be tested: golive smoke`);
  }
}

const success = (reason: string): Answer => ({ status: 'SUCCESS', reason });
