import fc from 'fast-check';
import { forgery, refuse } from '../simulation/forgeries';
import { play } from '../simulation/simulation';
import { AWS_CALLS, FAULTS, story } from '../simulation/story';
import type { Figure } from './figure';

export interface SimulateOptions {
  readonly seed: number;
  /** The one case to play again, as a failure printed it: `story:12:0` or `forgery:7`. */
  readonly path?: string;
  readonly deliveries: number;
  readonly forgeries: number;
}

/** Stories whose seed follows from one; each begins with an empty store, so that memory does not grow. */
const STORIES_AT_ONCE = 500;

/** Simulated deliveries, then forgeries; the first case that breaks a promise is shrunk and printed. */
export async function simulate(options: SimulateOptions): Promise<Figure[]> {
  const { path } = options;
  const replayed = path?.slice(path.indexOf(':') + 1);
  return [
    ...(path && !path.startsWith('story:') ? [] : await deliver(options, replayed)),
    ...(path && !path.startsWith('forgery:') ? [] : await forge(options, replayed)),
  ];
}

async function deliver({ seed, deliveries: wanted }: SimulateOptions, path?: string): Promise<Figure[]> {
  const met = new Set<string>();
  let deliveries = 0;
  let stories = 0;
  let broken = false;
  for (let group = 0; deliveries < wanted && !broken; group += 1) {
    const property = fc.asyncProperty(story, async (told) => {
      const course = await play(told);
      deliveries += course.deliveries;
      stories += 1;
      for (const fault of course.faults) met.add(fault);
    });
    const parameters = { seed: seed + group, path, numRuns: path === undefined ? STORIES_AT_ONCE : 1 };
    broken = await breaks('story', property, parameters);
    console.log(`  ${deliveries} deliveries in ${stories} stories`);
    if (path !== undefined) break;
  }
  const missed = AWS_CALLS.flatMap((call) => FAULTS.map((fault) => `${call} ${fault}`)).filter(
    (fault) => !met.has(fault),
  );
  return [
    { figure: `simulation: deliveries, seed ${seed}`, measured: deliveries, unit: `in ${stories} stories` },
    none('simulation: stories with a webhook lost, stored twice or missing on the bus', broken ? 1 : 0),
    ...(path === undefined && !broken ? [none('simulation: faults of a call that never occurred', missed.length)] : []),
  ];
}

async function forge({ seed, forgeries }: SimulateOptions, path?: string): Promise<Figure[]> {
  let tried = 0;
  const property = fc.asyncProperty(forgery, async (forged) => {
    await refuse(forged);
    tried += 1;
  });
  const broken = await breaks('forgery', property, { seed, path, numRuns: path === undefined ? forgeries : 1 });
  return [
    { figure: `simulation: forged bodies and signatures, seed ${seed}`, measured: tried, unit: '' },
    none('simulation: forgeries that were not refused', broken ? 1 : 0),
  ];
}

function none(figure: string, measured: number): Figure {
  return { figure, measured, unit: '', target: { atMost: 0, of: 'measured' } };
}

async function breaks<T>(kind: string, property: fc.IAsyncProperty<T>, parameters: fc.Parameters<T>): Promise<boolean> {
  const details = await fc.check(property, parameters);
  if (!details.failed) return false;
  process.exitCode = 1;
  console.error(`${fc.defaultReportMessage(details)}\n${details.errorInstance}`);
  console.error(`Again: npm run bench -- simulate --seed ${details.seed} --path ${kind}:${details.counterexamplePath}`);
  return true;
}
