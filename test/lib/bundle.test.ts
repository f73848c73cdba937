import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../lib/bundle';

const entry = join(__dirname, '..', '..', 'lambda', 'archive-events', 'handler.ts');

test('the same bytes wherever they are written, the source map too: the hash of an asset tells nothing of the machine', () => {
  const root = mkdtempSync(join(tmpdir(), 'bundle-'));
  try {
    const directories = [join(root, 'near'), join(root, 'far', 'away')];
    for (const directory of directories) {
      mkdirSync(directory, { recursive: true });
      bundle(entry, directory);
    }
    for (const file of ['index.js', 'index.js.map']) {
      const [near, far] = directories.map((directory) => readFileSync(join(directory, file), 'utf8'));
      expect(near === far).toBe(true);
    }
    const { sources } = JSON.parse(readFileSync(join(root, 'near', 'index.js.map'), 'utf8'));
    expect(sources).toContain('lambda/archive-events/archive.ts');
  } finally {
    rmSync(root, { recursive: true });
  }
});
