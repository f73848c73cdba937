import type { Act, ActResult, Check, Scene } from './acts/act';
import { worst } from './acts/act';
import { authority } from './certificates';
import { type Deployment, loadStage, type StageName } from './deployment';
import type { Credentials } from './payca';
import type { Variant } from './variant';
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

  constructor(
    private readonly setting: Setting,
    /** Collects what roles were allowed to do. */
    private readonly used: Set<string>,
    /** Synthesises another config; gives the assembly's directory. */
    private readonly synthesised: (variant: Variant) => Promise<string>,
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
      variants: async () => {
        const other = await this.synthesised({ id: 'other-profile' });
        return [loadStage(assembly, otherStage), loadStage(other, 'production'), loadStage(other, 'sandbox')];
      },
      withShipping: async () => loadStage(await this.synthesised({ id: 'shipping' }), stage),
      withMutualTls: async () => {
        const clientCa = await authority('PayCA client CA');
        const withTruststore = await this.synthesised({ id: 'mutual-tls', clientCa: clientCa.pem });
        return { deployment: loadStage(withTruststore, stage), clientCa };
      },
    };
  }
}
