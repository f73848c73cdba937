import type { AwsCall, Fault } from './story';
import type { Turns } from './turns';

/** One copy of a function. It does one thing at a time, and may be killed at every call that it makes. */
export class Copy {
  dead = false;
  private end: () => void = () => undefined;

  constructor(
    private readonly turns: Turns,
    private readonly nextFault: (call: AwsCall) => Fault,
  ) {}

  /** Gives `undefined` when the copy is killed on the way. */
  run<T>(work: () => Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.end = () => resolve(undefined);
      work().then(resolve, reject);
    });
  }

  /** A call to AWS. Others may go before it is done, and again before its answer arrives. */
  async call<T>(call: AwsCall, perform: () => Promise<T>): Promise<T> {
    const fault = this.nextFault(call);
    await this.turn();
    if (fault === 'killed before') return this.kill();
    if (fault === 'refused') throw new Error(`${call}: refused`);
    let answer = await perform();
    if (fault === 'killed after') return this.kill();
    await this.turn();
    if (fault === 'done but failed') throw new Error(`${call}: no answer`);
    // AWS's clients, and ours, make the call again.
    if (fault === 'answer lost') answer = await perform();
    return answer;
  }

  private async turn(): Promise<void> {
    await this.turns.take();
    if (this.dead) await never();
  }

  private kill(): Promise<never> {
    this.dead = true;
    this.end();
    return never();
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
