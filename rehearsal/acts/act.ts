import type { Authority } from '../certificates';
import type { Deployment } from '../deployment';
import type { Credentials } from '../payca';
import type { World } from '../world';

export type Verdict = 'pass' | 'fail' | 'no-data';

export interface Check {
  readonly id: string;
  readonly verdict: Verdict;
  /** What was seen, in one line. */
  readonly detail: string;
}

export interface ActResult {
  readonly id: string;
  readonly verdict: Verdict;
  readonly seconds: number;
  readonly checks: readonly Check[];
}

/** The worst of several verdicts. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('fail')) return 'fail';
  return verdicts.includes('no-data') || verdicts.length === 0 ? 'no-data' : 'pass';
}

/** What an act plays on. */
export interface Scene {
  readonly deployment: Deployment;
  readonly world: World;
  /** What PayCA issued for this run. */
  readonly credentials: Credentials;
  /** Deliveries of the act `webhooks`. */
  readonly deliveries: number;
  readonly seed: number;
  /** The same stage with mutual TLS in its config, synthesised when it is asked for, as the others are. */
  readonly withMutualTls: () => Promise<{ deployment: Deployment; clientCa: Authority }>;
  /** The same stage with a log platform in its config. */
  readonly withShipping: () => Promise<Deployment>;
  /** The stage beside this one. */
  readonly otherStage: () => Deployment;
  /** The other stage, and both stages for PayCA's other generation. */
  readonly variants: () => Promise<readonly Deployment[]>;
  /** Records a check; shows it at once. */
  readonly check: (id: string, passed: boolean, detail: string) => void;
  /** Says how far a long check is. */
  readonly progress: (text: string) => void;
}

/** A part of the runbook, rehearsed. */
export interface Act {
  readonly id: string;
  readonly title: string;
  /** Files for people, relative to the repository, that it leaves when it passes. */
  readonly leaves?: readonly string[];
  /** Among the few that `--quick` plays. */
  readonly quick?: true;
  /** Takes several times as long as most: starts among the first, so that no lane is left alone with it. */
  readonly long?: true;
  /** Plays when all others have ended: it judges what they did. */
  readonly closing?: true;
  readonly play: (scene: Scene) => Promise<void>;
}
