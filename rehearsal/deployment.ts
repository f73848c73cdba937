import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { circles, type Json, type Resource, StackResolver, type StackSource, type Template } from './template';

interface Artifact {
  type: string;
  environment?: string;
  properties?: { directoryName?: string; templateFile?: string; stackName?: string; file?: string };
  dependencies?: string[];
}

const readJson = <T>(path: string) => JSON.parse(readFileSync(path, 'utf8')) as T;

/** A stage as it would stand on AWS after its deploy: every resource with its names and resolved properties. */
export class Deployment {
  readonly partition = 'aws';
  private readonly arns = new Map<string, Resource>();
  private readonly byType = new Map<string, Resource[]>();

  constructor(
    readonly stage: string,
    readonly account: string,
    readonly region: string,
    private readonly all: Resource[],
    private readonly outputsByStack: Map<string, Json>,
    private readonly templates: Map<string, Template>,
    private readonly assets: Map<string, string>,
  ) {
    for (const resource of all) {
      if (resource.arn) this.arns.set(resource.arn, resource);
      this.byType.set(resource.type, [...(this.byType.get(resource.type) ?? []), resource]);
    }
  }

  resources(...types: string[]): Resource[] {
    const [only, ...others] = types;
    if (only && others.length === 0) return this.byType.get(only) ?? [];
    return only ? this.all.filter(({ type }) => types.includes(type)) : this.all;
  }

  find(predicate: (resource: Resource) => boolean): Resource | undefined {
    return this.all.find(predicate);
  }

  byArn(arn: string): Resource | undefined {
    return this.arns.get(arn);
  }

  byPhysicalId(type: string, id: string): Resource | undefined {
    return this.resources(type).find(({ physicalId }) => physicalId === id);
  }

  /** The resource an ARN belongs to: its own, or the table of an index, the bucket of an object, the group of a log stream. */
  owner(arn: string): Resource | undefined {
    for (let rest = arn; rest.split(':').length > 5; rest = rest.replace(/[/:][^/:]*$/, '')) {
      const found = this.arns.get(rest) ?? this.arns.get(`${rest}:*`);
      if (found) return found;
    }
    return undefined;
  }

  /** Outputs of one stack, or of all. */
  outputs(stackName?: string): Json {
    return stackName ? (this.outputsByStack.get(stackName) ?? {}) : Object.assign({}, ...this.outputsByStack.values());
  }

  templateOf(stack: string): Json | undefined {
    return this.templates.get(stack) as Json | undefined;
  }

  /** Where the assembly keeps what a Lambda function runs, or the truststore a custom domain checks clients against. */
  assetPath({ stack, logicalId, properties }: Resource): string {
    const code = properties.Code as { S3Key?: string } | undefined;
    const truststore = properties.MutualTlsAuthentication as { TruststoreUri?: string } | undefined;
    const key = code?.S3Key ?? truststore?.TruststoreUri?.replace(/^s3:\/\/[^/]+\//, '');
    const path = key && this.assets.get(key);
    if (!path)
      throw new Error(`${stack}.${logicalId}: the assembly has no asset ${key ?? '(the resource names none)'}`);
    return path;
  }
}

export type StageName = 'production' | 'sandbox';

/** Reads one stage of a synthesised assembly (`cdk.out`), with the app's own stacks of the same account and region. */
export function loadStage(assemblyDir: string, stage: StageName): Deployment {
  const { sources, assets } = readAssembly(assemblyDir, stage);
  const exports = new Map<string, unknown>();
  const resolvers = sources.map(
    (source) =>
      new StackResolver(source, (name) => {
        if (exports.has(name)) return exports.get(name);
        throw new Error(`Fn::ImportValue: no stack before it exports ${name}`);
      }),
  );
  const problems: string[] = [];
  const resources: Resource[] = [];
  const outputs = new Map<string, Json>();
  for (const stack of resolvers) {
    resources.push(...stack.resources(problems));
    const values = stack.outputs(problems);
    problems.push(...circles(stack));
    if (problems.length)
      throw new Error(`the templates of stage ${stage} cannot be resolved:\n  ${problems.join('\n  ')}`);
    outputs.set(stack.source.name, Object.fromEntries(values));
    for (const [, value, exported] of values) if (exported) exports.set(exported, value);
  }
  const templates = new Map(sources.map(({ name, template }) => [name, template]));
  const { account, region } = sources.at(-1) as StackSource;
  return new Deployment(stage, account, region, resources, outputs, templates, assets);
}

function readAssembly(assemblyDir: string, stage: string): { sources: StackSource[]; assets: Map<string, string> } {
  const app = readDirectory(assemblyDir);
  const nested = app.artifacts.find(
    ([, { properties }]) => properties?.directoryName?.toLowerCase() === `assembly-${stage}`,
  );
  if (!nested) throw new Error(`${assemblyDir} holds no assembly of stage ${stage}: synthesise first (npm run synth)`);
  const own = readDirectory(join(assemblyDir, String(nested[1].properties?.directoryName)));
  const stacks = own.stacks();
  const { account, region } = stacks[0] ?? {};
  const shared = app.stacks().filter((stack) => stack.account === account && stack.region === region);
  return { sources: [...shared, ...stacks], assets: new Map([...app.assets(), ...own.assets()]) };
}

function readDirectory(directory: string) {
  const artifacts = Object.entries(
    readJson<{ artifacts: Record<string, Artifact> }>(join(directory, 'manifest.json')).artifacts,
  );
  const byId = new Map(artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack'));
  const ordered = new Set<string>();
  const add = (id: string) => {
    for (const dependency of byId.get(id)?.dependencies ?? [])
      if (byId.has(dependency) && !ordered.has(dependency)) add(dependency);
    ordered.add(id);
  };
  for (const id of byId.keys()) add(id);
  const stack = (id: string): StackSource => {
    const { environment, properties } = byId.get(id) as Artifact;
    const [account, region] = String(environment).replace('aws://', '').split('/');
    const template = readJson<Template>(join(directory, String(properties?.templateFile)));
    return { name: properties?.stackName ?? id, account: String(account), region: String(region), template };
  };
  return { artifacts, stacks: () => [...ordered].map(stack), assets: () => readAssets(directory, artifacts) };
}

/** Object key in the asset bucket -> path in the assembly. */
function readAssets(directory: string, artifacts: [string, Artifact][]): [string, string][] {
  interface Assets {
    files?: Record<string, { source: { path: string }; destinations: Record<string, { objectKey: string }> }>;
  }
  return artifacts
    .filter(([, { type }]) => type === 'cdk:asset-manifest')
    .flatMap(([, { properties }]) =>
      Object.values(readJson<Assets>(join(directory, String(properties?.file))).files ?? {}),
    )
    .flatMap(({ source, destinations }) =>
      Object.values(destinations).map(({ objectKey }): [string, string] => [
        objectKey,
        resolve(directory, source.path),
      ]),
    );
}
