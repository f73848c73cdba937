import { createHash } from 'node:crypto';
import { RESOURCE_TYPES, type TypeFacts } from './resource-types';

export type Json = Record<string, unknown>;

export interface Resource {
  /** Stack name, such as `payca-production-state`. */
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  /** With every intrinsic function resolved. */
  readonly properties: Json;
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** The physical name, which for some types (queues, secrets, topics) is not what `Ref` gives. */
  readonly name: string;
  /** Empty for types that have none. */
  readonly arn: string;
  readonly raw: Json;
}

interface RawResource {
  Type: string;
  Properties?: Json;
  Condition?: string;
  DependsOn?: string | string[];
}

export interface Template {
  Resources?: Record<string, RawResource>;
  Parameters?: Record<string, { Default?: unknown; Type: string }>;
  Conditions?: Json;
  Mappings?: Record<string, Record<string, Json>>;
  Outputs?: Record<string, { Value: unknown; Condition?: string; Export?: { Name: unknown } }>;
}

export interface StackSource {
  name: string;
  account: string;
  region: string;
  template: Template;
}

const NO_VALUE = Symbol('AWS::NoValue');
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** A property that may be one value or a list of them, as a list. */
export const list = <T>(value: T | T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** One stack while its intrinsic functions are resolved. Everything is resolved at load, so that no mistake waits for its first use. */
export class StackResolver {
  readonly dependencies = new Map<string, Set<string>>();
  private readonly open = new Set<string>();
  private current = '';

  constructor(
    readonly source: StackSource,
    private readonly importValue: (name: string) => unknown,
  ) {}

  /** Resources whose condition holds; problems are collected, not thrown. */
  resources(problems: string[]): Resource[] {
    return Object.entries(this.source.template.Resources ?? {}).flatMap(([logicalId, raw]) => {
      this.current = logicalId;
      try {
        if (raw.Condition && !this.condition(raw.Condition)) return [];
        this.dependencies.set(logicalId, new Set(list(raw.DependsOn)));
        const properties = (this.resolve(raw.Properties ?? {}) as Json) ?? {};
        const known = this.facts(raw.Type);
        const identity = known ? this.identity(logicalId, known) : { name: logicalId, ref: logicalId, arn: '' };
        return [
          {
            stack: this.source.name,
            logicalId,
            type: raw.Type,
            properties,
            physicalId: identity.ref,
            name: identity.name,
            arn: identity.arn,
            raw: raw as unknown as Json,
          },
        ];
      } catch (error) {
        problems.push(`${this.source.name}.${logicalId}: ${error instanceof Error ? error.message : error}`);
        return [];
      }
    });
  }

  /** Name, value and name of the export of each output whose condition holds; problems are collected, not thrown. */
  outputs(problems: string[]): [string, unknown, string | undefined][] {
    this.current = '';
    return Object.entries(this.source.template.Outputs ?? {}).flatMap(([id, { Condition, Value, Export }]) => {
      try {
        if (Condition && !this.condition(Condition)) return [];
        return [[id, this.resolve(Value), Export && String(this.resolve(Export.Name))]];
      } catch (error) {
        problems.push(`${this.source.name}.Outputs.${id}: ${error instanceof Error ? error.message : error}`);
        return [];
      }
    });
  }

  private resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item)).filter((item) => item !== NO_VALUE);
    if (!isObject(value)) return value;
    const [name, ...others] = Object.keys(value);
    if (name && others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) return this.call(name, value[name]);
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, item]) => {
        const resolved = this.resolve(item);
        return resolved === NO_VALUE ? [] : [[key, resolved]];
      }),
    );
  }

  private call(name: string, argument: unknown): unknown {
    if (name === 'Ref') return this.ref(String(argument));
    if (name === 'Fn::Sub') return this.sub(argument);
    if (name === 'Fn::If') {
      const [condition, yes, no] = argument as [string, unknown, unknown];
      return this.resolve(this.condition(condition) ? yes : no);
    }
    if (name === 'Fn::GetAtt') {
      const [id, ...path] = typeof argument === 'string' ? argument.split('.') : (argument as string[]);
      return this.attribute(String(id), path.join('.'));
    }
    const known = FUNCTIONS[name];
    if (!known) throw new Error(`unknown function ${name}`);
    return known(this.resolve(argument), this);
  }

  mapping([map, first, second]: string[]): unknown {
    const found = this.source.template.Mappings?.[String(map)]?.[String(first)]?.[String(second)];
    if (found === undefined) throw new Error(`Fn::FindInMap: no ${map}.${first}.${second}`);
    return found;
  }

  import(name: string): unknown {
    return this.importValue(name);
  }

  private sub(argument: unknown): string {
    const [text, variables] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, Json];
    return text.replace(/\$\{([^}]+)\}/g, (_, name: string) => {
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      if (name in variables) return String(this.resolve(variables[name]));
      const [id, ...path] = name.trim().split('.');
      return String(path.length ? this.attribute(String(id), path.join('.')) : this.ref(name.trim()));
    });
  }

  private condition(name: string): boolean {
    const rule = this.source.template.Conditions?.[name];
    if (rule === undefined) throw new Error(`unknown condition ${name}`);
    return this.holds(rule);
  }

  private holds(rule: unknown): boolean {
    const [name, argument] = Object.entries(rule as Json)[0] ?? ['', undefined];
    const rules = argument as unknown[];
    if (name === 'Condition') return this.condition(String(argument));
    if (name === 'Fn::And') return rules.every((item) => this.holds(item));
    if (name === 'Fn::Or') return rules.some((item) => this.holds(item));
    if (name === 'Fn::Not') return !this.holds(rules[0]);
    if (name === 'Fn::Equals') return JSON.stringify(this.resolve(rules[0])) === JSON.stringify(this.resolve(rules[1]));
    throw new Error(`unknown condition function ${name}`);
  }

  private ref(id: string): unknown {
    const { account, region, name } = this.source;
    const pseudo: Json = {
      'AWS::AccountId': account,
      'AWS::NoValue': NO_VALUE,
      'AWS::Partition': 'aws',
      'AWS::Region': region,
      'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${name}/${digest(name, '').uuid}`,
      'AWS::StackName': name,
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::NotificationARNs': [],
    };
    if (id in pseudo) return pseudo[id];
    const parameter = this.source.template.Parameters?.[id];
    if (parameter) {
      if (parameter.Default === undefined) throw new Error(`parameter ${id} has no default`);
      return parameter.Type === 'CommaDelimitedList' ? String(parameter.Default).split(',') : parameter.Default;
    }
    return this.identity(id, this.factsOf(id, 'Ref')).ref;
  }

  private attribute(id: string, attribute: string): unknown {
    const type = this.source.template.Resources?.[id]?.Type ?? '';
    const facts = this.factsOf(id, `Fn::GetAtt ${attribute}`);
    const identity = this.identity(id, facts);
    if (attribute === 'Arn' && facts.arn) return identity.arn;
    const pattern = facts.attributes?.[attribute];
    if (pattern !== undefined) return identity.fill(pattern);
    if (isCustom(type)) return `${id}.${attribute}`;
    throw new Error(`unknown attribute ${attribute} of ${id} (${type})`);
  }

  private facts(type: string): TypeFacts | undefined {
    return RESOURCE_TYPES[type] ?? (isCustom(type) ? {} : undefined);
  }

  private factsOf(id: string, use: string): TypeFacts {
    const type = this.source.template.Resources?.[id]?.Type;
    if (!type) throw new Error(`${use} names ${id}, which is neither a resource nor a parameter`);
    const facts = this.facts(type);
    if (!facts) throw new Error(`${use} of ${id}: unknown type ${type}`);
    this.dependencies.get(this.current)?.add(id);
    return facts;
  }

  /** The names by which AWS would know a resource, made from stack and logical id where the template leaves them open. */
  private identity(id: string, facts: TypeFacts) {
    if (this.open.has(id)) throw new Error(`circular reference through the name of ${id}`);
    this.open.add(id);
    try {
      const properties = this.source.template.Resources?.[id]?.Properties ?? {};
      const parts = { ...digest(this.source.name, id), account: this.source.account, region: this.source.region };
      const fill = (pattern: string): string =>
        pattern.replace(/\{([^}]+)\}/g, (_, word: string) => this.word(word, properties, { ...parts, name, arn }));
      let name = '';
      let arn = '';
      const given = facts.nameProperty && properties[facts.nameProperty];
      name = given
        ? String(this.resolve(given))
        : fill(facts.name ?? `${this.source.name}-${id}-{hash}`.toLowerCase().slice(-63));
      arn = fill(facts.arn ?? '');
      return { name, arn, ref: fill(facts.ref ?? '{name}'), fill };
    } finally {
      this.open.delete(id);
    }
  }

  private word(word: string, properties: Json, parts: Record<string, string>): string {
    if (word.startsWith('p.')) {
      const [property, fallback] = word.slice(2).split('|');
      return String(this.resolve(properties[String(property)] ?? fallback ?? ''));
    }
    if (word === '/name') return String(parts.name).startsWith('/') ? String(parts.name) : `/${parts.name}`;
    if (word === 'bus/') {
      const bus = String(this.resolve(properties.EventBusName ?? 'default'))
        .split('/')
        .at(-1);
      return bus === 'default' ? '' : `${bus}/`;
    }
    return parts[word] ?? '';
  }
}

const isCustom = (type: string) =>
  type.startsWith('Custom::') || type.startsWith('AWS::CloudFormation::') || type === 'AWS::CDK::Metadata';

function digest(stack: string, id: string) {
  const hex = createHash('sha256').update(`${stack}/${id}`).digest('hex');
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
  return { hash: hex.slice(0, 10), hash6: hex.slice(0, 6), uuid, partition: 'aws', suffix: 'amazonaws.com' };
}

/** Functions of their resolved argument alone. */
const FUNCTIONS: Record<string, (argument: unknown, stack: StackResolver) => unknown> = {
  'Fn::Join': (argument) => (argument as [string, unknown[]])[1].join((argument as [string])[0]),
  'Fn::Split': (argument) => String((argument as string[])[1]).split(String((argument as string[])[0])),
  'Fn::Select': (argument) => {
    const [index, items] = argument as [number, unknown[]];
    if (items[Number(index)] === undefined)
      throw new Error(`Fn::Select: no item ${index} in a list of ${items.length}`);
    return items[Number(index)];
  },
  'Fn::Base64': (argument) => Buffer.from(String(argument)).toString('base64'),
  'Fn::GetAZs': (argument, stack) => ['a', 'b', 'c'].map((zone) => `${argument || stack.source.region}${zone}`),
  'Fn::FindInMap': (argument, stack) => stack.mapping(argument as string[]),
  'Fn::ImportValue': (argument, stack) => stack.import(String(argument)),
};

/** The first circle of references in a stack, which CloudFormation would refuse. */
export function circles({ source, dependencies }: StackResolver): string[] {
  const done = new Set<string>();
  const visit = (id: string, path: string[]): string | undefined => {
    if (path.includes(id)) return [...path.slice(path.indexOf(id)), id].join(' -> ');
    if (done.has(id)) return undefined;
    for (const next of dependencies.get(id) ?? []) {
      const circle = visit(next, [...path, id]);
      if (circle) return circle;
    }
    done.add(id);
    return undefined;
  };
  return [...dependencies.keys()]
    .flatMap((id) => visit(id, []) ?? [])
    .slice(0, 1)
    .map((circle) => `${source.name}: circular reference ${circle}`);
}
