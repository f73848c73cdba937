import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { OperatorError } from './stage';

/**
 * Values that must not be seen: asked for one by one without echo, or, when standard input is no terminal, one on each of
 * its lines. Never from arguments, which other users of the machine can read.
 */
export async function readHidden(names: readonly string[]): Promise<string[]> {
  return process.stdin.isTTY ? prompt(names) : fromLines(await text(process.stdin), names);
}

/** Exactly one line for each name; a last line break more or less makes no difference. */
export function fromLines(input: string, names: readonly string[]): string[] {
  const lines = input.replace(/\r?\n$/, '').split(/\r?\n/);
  const found = input === '' ? 0 : lines.length;
  if (found === names.length) return lines;
  const wanted = names.map((name, index) => `line ${index + 1} the ${name}`).join(', ');
  throw new OperatorError(`standard input has ${found} of ${names.length} lines (${wanted}); nothing was changed`);
}

async function prompt(names: readonly string[]): Promise<string[]> {
  // Where the terminal's own echo would have gone.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  try {
    const values: string[] = [];
    for (const name of names) values.push(await ask(lines, name));
    return values;
  } finally {
    lines.close();
  }
}

function ask(lines: ReturnType<typeof createInterface>, name: string): Promise<string> {
  process.stderr.write(`${name} (not shown): `);
  return new Promise((resolve, reject) => {
    const stopped = () => reject(new OperatorError('stopped; nothing was changed'));
    lines.once('SIGINT', stopped);
    lines.once('close', stopped);
    lines.question('', (value) => {
      lines.off('SIGINT', stopped);
      lines.off('close', stopped);
      process.stderr.write('\n');
      resolve(value);
    });
  });
}
