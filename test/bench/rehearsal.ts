import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../../rehearsal/assembly';
import type { Report } from '../../rehearsal/report';
import type { Figure } from './figure';

/** Of the last `npm run rehearse`; it is not run for this. */
export async function rehearsal(): Promise<Figure[]> {
  const path = join(REPOSITORY, 'out', 'rehearsal', 'rehearsal.json');
  if (!existsSync(path)) return [];
  const { seconds, acts }: Report = JSON.parse(readFileSync(path, 'utf8'));
  return [
    {
      figure: `rehearsal, its last run: ${acts.map(({ id }) => id).join(', ')}`,
      measured: seconds,
      unit: 's',
      target: { atMost: 180, of: 'measured' },
    },
  ];
}
