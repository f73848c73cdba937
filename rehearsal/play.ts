import type { Act, ActResult, Check, Scene } from './acts/act';
import { worst } from './acts/act';
import type { Deployment } from './deployment';
import { loadStage, type StageName } from './deployment';
import type { Credentials } from './payca';
import { withMutualTls, withOtherProfile, withShipping } from './variant';
import { World } from './world';

/** What all acts of one run have in common; it can be sent to another process. */
export interface Setting {
  /** Directory of the synthesised assembly. */
  readonly assembly: string;
  readonly stage: StageName;
  readonly credentials: Credentials;
  readonly deliveries: number;
  readonly seed: number;
  readonly awsEndpoint?: string;
}

export interface Listener {
  readonly check: (check: Check) => void;
  readonly progress: (text: string) => void;
}

/** Plays acts one after the other, each on a stage deployed afresh; what an act throws is a failed check. */
export class Player {
  private readonly deployment: Deployment;

  /** `used` collects what roles were allowed to do. */
  constructor(
    private readonly setting: Setting,
    private readonly used: Set<string>,
  ) {
    this.deployment = loadStage(setting.assembly, setting.stage);
  }

  async play(act: Act, listener: Listener): Promise<ActResult> {
    const started = Date.now();
    const checks: Check[] = [];
    const check: Scene['check'] = (id, passed, detail) => {
      const one: Check = { id, verdict: passed ? 'pass' : 'fail', detail };
      checks.push(one);
      listener.check(one);
    };
    try {
      const { awsEndpoint } = this.setting;
      const world = await World.deploy(this.deployment, { awsEndpoint, used: this.used });
      try {
        await act.play(this.scene(world, check, listener));
      } finally {
        world.stop();
      }
    } catch (error) {
      check('played-to-the-end', false, error instanceof Error ? error.message : String(error));
    }
    const seconds = Math.round((Date.now() - started) / 100) / 10;
    return { id: act.id, verdict: worst(checks.map(({ verdict }) => verdict)), seconds, checks };
  }

  private scene(world: World, check: Scene['check'], { progress }: Listener): Scene {
    const { assembly, stage, credentials, deliveries, seed } = this.setting;
    const otherStage = stage === 'production' ? 'sandbox' : 'production';
    return {
      deployment: this.deployment,
      world,
      credentials,
      deliveries,
      seed,
      check,
      progress,
      otherStage: () => loadStage(assembly, otherStage),
      variants: async () => [loadStage(assembly, otherStage), ...(await withOtherProfile())],
      withShipping: () => withShipping(stage),
      withMutualTls: () => withMutualTls(stage),
    };
  }
}
