import { acts } from './acts/index';
import { Player, type Setting } from './play';
import type { Variant } from './variant';

/** What a lane is told: first the setting, then one act at a time, and in between what it asked for. */
export type Order =
  | { readonly setting: Setting }
  /** Directory of the variant's assembly, or why there is none. */
  | { readonly variant: Variant['id']; readonly directory: string }
  | { readonly variant: Variant['id']; readonly error: string }
  /** `used` is what roles were allowed to do in the acts before. */
  | { readonly act: string; readonly used: readonly string[] };

const used = new Set<string>();
let player: Player | undefined;

const say = (message: unknown) => process.send?.(message);

/** The lanes' parent synthesises: two lanes that want the same variant get one. */
function synthesised(variant: Variant): Promise<string> {
  say({ needs: variant });
  return new Promise((resolve, reject) => {
    const listener = (order: Order) => {
      if (!('variant' in order) || order.variant !== variant.id) return;
      process.removeListener('message', listener);
      if ('error' in order) reject(new Error(order.error));
      else resolve(order.directory);
    };
    process.on('message', listener);
  });
}

process.on('message', async (order: Order) => {
  if ('setting' in order) {
    player = new Player(order.setting, used, synthesised);
    return;
  }
  if ('variant' in order) return;
  for (const action of order.used) used.add(action);
  const act = acts.find(({ id }) => id === order.act);
  const result =
    act && (await player?.play(act, { check: (check) => say({ check }), progress: (progress) => say({ progress }) }));
  say({ result, used: [...used] });
});

process.on('disconnect', () => process.exit());
