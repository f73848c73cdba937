import type { Launch, Switched } from './launch';

type State = Switched['before'];

/** One kind of thing that can be on or off. */
export interface Switch {
  read(name: string): Promise<State>;
  set(name: string, to: State): Promise<void>;
}

export type Switchboard = Readonly<Record<Switched['kind'], Switch>>;

/** What could not be switched, and why. */
export interface Stuck extends Switched {
  readonly problem: string;
}

/** What is there to be switched, as it is now; a name that cannot be read is stuck. */
export async function readAll(
  board: Switchboard,
  wanted: readonly Pick<Switched, 'kind' | 'name'>[],
): Promise<{ found: Switched[]; stuck: Stuck[] }> {
  const found: Switched[] = [];
  const stuck: Stuck[] = [];
  for (const { kind, name } of wanted) {
    try {
      found.push({ kind, name, before: await board[kind].read(name) });
    } catch (error) {
      stuck.push({ kind, name, before: 'on', problem: problemOf(error) });
    }
  }
  return { found, stuck };
}

/** Sets each and looks whether it is so; gives what is not. */
export async function setAll(
  board: Switchboard,
  switched: readonly Switched[],
  to: (one: Switched) => State,
): Promise<Stuck[]> {
  const stuck: Stuck[] = [];
  for (const one of switched) {
    const { kind, name } = one;
    try {
      if ((await board[kind].read(name)) !== to(one)) await board[kind].set(name, to(one));
      if ((await board[kind].read(name)) !== to(one)) stuck.push({ ...one, problem: `is not ${to(one)} afterwards` });
    } catch (error) {
      stuck.push({ ...one, problem: problemOf(error) });
    }
  }
  return stuck;
}

/** Puts back what was switched, of all kinds or one; the launch keeps what could not be. */
export async function putBack(
  board: Switchboard,
  launch: Launch,
  kind?: Switched['kind'],
): Promise<{ launch: Launch; stuck: Stuck[] }> {
  const [wanted, others] = [launch.switched.filter(isWanted), launch.switched.filter((one) => !isWanted(one))];
  const stuck = await setAll(board, wanted, ({ before }) => before);
  const left = wanted.filter((one) => stuck.some((other) => other.kind === one.kind && other.name === one.name));
  return { launch: { ...launch, switched: [...others, ...left] }, stuck };

  function isWanted(one: Switched): boolean {
    return kind === undefined || one.kind === kind;
  }
}

function problemOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'failed';
}
