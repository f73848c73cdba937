import { tmpdir } from 'node:os';
import { binsCommand } from '../../cli/bins';

test.each(['no-such-file.csv', tmpdir()])('%s is no file, and nothing is asked of AWS', async (path) => {
  const run = binsCommand().parseAsync(['import', path, '--stage', 'sandbox'], { from: 'user' });
  await expect(run).rejects.toThrow(`there is no file ${path}`);
});
