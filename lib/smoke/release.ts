import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config/schema';
import { REPOSITORY } from '../config/truststore';

/** What a template is made of, beside the stage's config. */
const SOURCES = ['bin/app.ts', 'cdk.json', 'lambda', 'lib', 'package-lock.json'];
const RELEASE = /^[\w.-]{1,64}$/;

let sources: string | undefined;

/**
 * Names what is deployed: `-c release=`, or a hash of everything that the stage's templates are made of. A hash of a
 * template cannot stand in that template; its inputs can be hashed before it is made, and are the same on every machine.
 */
export function releaseOf({ node }: Construct, config: StageConfig): string {
  const given: unknown = node.tryGetContext('release');
  if (given === undefined) return inputsHash(config);
  if (typeof given === 'string' && RELEASE.test(given)) return given;
  throw new Error(`-c release must be 1 to 64 letters, digits or _ . -, got: ${String(given)}`);
}

function inputsHash({ webhook, ...config }: StageConfig): string {
  sources ??= digest(SOURCES.flatMap(filesIn).map((path) => `${path}\0${contentOf(path)}`));
  const truststore = webhook.mutualTls ? contentOf(webhook.mutualTls.truststore) : '';
  return digest([sources, JSON.stringify({ webhook, ...config }), truststore]).slice(0, 16);
}

function filesIn(path: string): string[] {
  if (/\.\w+$/.test(path)) return [path];
  const entries = readdirSync(join(REPOSITORY, path), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(REPOSITORY.length + 1))
    .sort();
}

function contentOf(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8');
}

function digest(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex');
}
