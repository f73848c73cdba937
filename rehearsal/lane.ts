import { acts } from './acts/index';
import { Player, type Setting } from './play';

/** What a lane is told: first the setting, then one act at a time. */
export type Order =
  | { readonly setting: Setting }
  /** `used` is what roles were allowed to do in the acts before. */
  | { readonly act: string; readonly used: readonly string[] };

const used = new Set<string>();
let player: Player | undefined;

const say = (message: unknown) => process.send?.(message);

process.on('message', async (order: Order) => {
  if ('setting' in order) {
    player = new Player(order.setting, used);
    return;
  }
  for (const action of order.used) used.add(action);
  const act = acts.find(({ id }) => id === order.act);
  const result =
    act && (await player?.play(act, { check: (check) => say({ check }), progress: (progress) => say({ progress }) }));
  say({ result, used: [...used] });
});

process.on('disconnect', () => process.exit());
