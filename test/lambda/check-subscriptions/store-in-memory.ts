import { EMPTY, type Register } from '../../../lambda/check-subscriptions/register';
import type { RegisterStore } from '../../../lambda/check-subscriptions/registrar';
import { ProgressChanged } from '../../../lambda/payca/progress';

/** A register as `Progress` keeps it. */
export class StoreInMemory implements RegisterStore {
  constructor(private text = JSON.stringify(EMPTY)) {}

  get register(): Register {
    return JSON.parse(this.text);
  }

  recall = async (): Promise<Register> => this.register;

  remember = async (register: Register, former: Register): Promise<void> => {
    if (JSON.stringify(former) !== this.text) throw new ProgressChanged('check-subscriptions', 'register');
    this.text = JSON.stringify(register);
  };
}
