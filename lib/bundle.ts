import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AssetHashType } from 'aws-cdk-lib';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const REPOSITORY = resolve(__dirname, '..');
const HANDLERS = join(REPOSITORY, 'lambda');

export const RUNTIME = Runtime.NODEJS_24_X;

/**
 * The file `entry` with everything that it imports, as the asset of a function. `NodejsFunction` gives the same bytes, but
 * starts npm for each function, which takes several times as long as bundling it.
 */
export function bundledCode(entry: string): Code {
  return Code.fromAsset(dirname(entry), {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: bundling on this machine always succeeds or throws.
      image: RUNTIME.bundlingImage,
      local: {
        tryBundle: (directory) => {
          bundle(entry, directory);
          return true;
        },
      },
    },
  });
}

/** Writes `index.js` and its map into `directory`; the bytes are the same wherever that is. */
export function bundle(entry: string, directory: string): void {
  for (const [name, contents] of bundled(entry)) writeFileSync(join(directory, name), contents);
}

type Files = Map<string, Uint8Array>;
const made = new Map<string, Files>();

/** The first function has all of them bundled: what they share is then parsed once, in less than half the time. */
function bundled(entry: string): Files {
  if (!made.has(entry)) {
    const handlers = readdirSync(HANDLERS).map((name) => join(HANDLERS, name, 'handler.ts'));
    build(handlers.includes(entry) ? handlers.filter((path) => existsSync(path)) : [entry]);
  }
  return made.get(entry) ?? new Map();
}

function build(entries: readonly string[]): void {
  const { outputFiles } = buildSync({
    entryPoints: entries.map((entry, place) => ({ in: entry, out: String(place) })),
    write: false,
    // The maps name their sources from here.
    outdir: REPOSITORY,
    // The SDK in Lambda's image changes without us; what was tested is what is deployed.
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // What is not used is left out of modules only.
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'error',
  });
  const byPlace = entries.map((): Files => new Map());
  for (const { path, contents } of outputFiles) {
    const [place, ...extensions] = basename(path).split('.');
    byPlace[Number(place)]?.set(['index', ...extensions].join('.'), contents);
  }
  for (const [place, files] of byPlace.entries()) made.set(entries[place] as string, files);
}
