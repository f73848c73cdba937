import { type PaycaAnswer, type PaycaApi, type PaycaCall, PaycaError } from '../payca/api';

/** A call as evidence has it. */
export interface CallRecord {
  /** Method and path. */
  readonly call: string;
  /** `X-Request-ID` that was sent. */
  readonly requestId: string;
  /** The one that came back. */
  readonly responseId?: string;
  readonly httpStatus?: number;
  /** PayCA's error code, or ours for no answer. */
  readonly code?: string;
  readonly latencyMs: number;
}

/** A call that failed for good. */
export class CallFailed extends Error {
  constructor(
    readonly error: PaycaError,
    /** Whether one of its tries may have had its effect all the same. */
    readonly mayHaveWorked: boolean,
  ) {
    super(error.message);
    this.name = 'CallFailed';
  }

  /** PayCA could not be asked: nothing is known, and nothing is wrong with us. */
  get isSilence(): boolean {
    const { status } = this.error;
    return status === undefined || status === 429 || status >= 500;
  }
}

/** Makes a client of PayCA that tells of every try that fails. */
export type Connect = (onFailure: (error: PaycaError) => void) => Pick<PaycaApi, 'call'>;

/** The calls of one run, each with a request id of its own. */
export class Calls {
  private readonly api: Pick<PaycaApi, 'call'>;
  private failed: PaycaError[] = [];
  private count = 0;

  constructor(
    connect: Connect,
    /** Begins every request id. */
    private readonly run: string,
  ) {
    this.api = connect((error) => this.failed.push(error));
  }

  /** Calls PayCA for a step, and adds to `records` what came of it. Throws `CallFailed`. */
  async send(step: string, call: PaycaCall, records: CallRecord[]): Promise<PaycaAnswer> {
    this.failed = [];
    this.count += 1;
    const requestId = `${this.run}-${step}-${this.count}`;
    const name = `${call.method} ${call.path}`;
    try {
      const answer = await this.api.call({ ...call, requestId });
      records.push({ call: name, httpStatus: answer.status, ...facts(answer) });
      return answer;
    } catch (error) {
      if (!(error instanceof PaycaError)) throw error;
      records.push({ call: name, httpStatus: error.status, code: error.code, ...facts(error) });
      throw new CallFailed(error, this.failed.some(mayHaveWorked));
    }
  }
}

function facts({ requestId, latencyMs }: Pick<PaycaAnswer, 'requestId' | 'latencyMs'>) {
  return { requestId: requestId.sent, responseId: requestId.received, latencyMs };
}

/** A refusal had no effect; a conflict may be with what an earlier try did, and what is no JSON may be about a success. */
function mayHaveWorked({ status }: PaycaError): boolean {
  return status === undefined || status < 400 || status === 409 || status >= 500;
}
