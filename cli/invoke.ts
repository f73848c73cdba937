import { InvokeCommand, LambdaClient, type LambdaClientConfig } from '@aws-sdk/client-lambda';
import { explain, OperatorError } from './stage';

/** How a function of the stage is asked. */
interface Asking extends LambdaClientConfig {
  readonly region: string;
  /** Said after what went wrong: what the operator does about it. */
  readonly advice?: string;
}

/** The answer of a function of the stage. Throws what AWS, or the function itself, says is wrong. */
export async function invoke(FunctionName: string, request: object, { advice, ...client }: Asking): Promise<unknown> {
  const next = advice ? `; ${advice}` : '';
  const answer = await new LambdaClient(client)
    .send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(request)) }))
    .catch((error) => {
      throw new OperatorError(`${explain(error, `function ${FunctionName}`)}${next}`);
    });
  const result = JSON.parse(Buffer.from(answer.Payload ?? []).toString());
  if (answer.FunctionError) throw new OperatorError(`${FunctionName} failed: ${result.errorMessage}${next}`);
  return result;
}
