import { writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { AssetHashType } from 'aws-cdk-lib';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

const REPOSITORY = resolve(__dirname, '..');

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
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    write: false,
    // The map names its sources from here.
    outfile: join(REPOSITORY, 'index.js'),
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
  for (const { path, contents } of outputFiles) writeFileSync(join(directory, basename(path)), contents);
}
