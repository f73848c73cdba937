import type { LambdaFunction } from '../functions';
import { AwsFault, type Backend, type Call } from './gate';

/** Invocations by name, as operators' commands make them. */
export class Lambda implements Backend {
  readonly service = 'lambda';

  constructor(private readonly functions: readonly LambdaFunction[]) {}

  targets({ method, path }: Call) {
    const target = this.functionAt(path);
    if (method !== 'POST' || !target) throw new AwsFault('ResourceNotFoundException', `no function at ${path}`, 404);
    return [{ action: 'lambda:InvokeFunction', resource: target.resource.arn }];
  }

  async handle({ path, body }: Call) {
    const invocation = await this.functionAt(path)?.invoke(JSON.parse(body.toString()));
    if (invocation && 'result' in invocation) return { status: 200, body: JSON.stringify(invocation.result) };
    return { status: 200, headers: { 'x-amz-function-error': 'Unhandled' }, body: JSON.stringify(invocation) };
  }

  private functionAt(path: string): LambdaFunction | undefined {
    const [, name = ''] =
      /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(new URL(path, 'http://lambda').pathname) ?? [];
    return this.functions.find(({ resource }) =>
      [resource.physicalId, resource.arn].includes(decodeURIComponent(name)),
    );
  }
}
