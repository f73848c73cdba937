import type { StageConfig } from '../../config/schema';
import { type AlarmRow, orZero, own, type Places, tail } from './alarm-row';

/** The row about BIN catalogues that are put into the imports bucket: nobody waits for an answer there. */
export function importRows(config: StageConfig, { binImportFunction, binImportLog }: Places): AlarmRow[] {
  return [
    {
      id: 'bin-import-failed',
      severity: 'ticket',
      line: '3.1',
      when: 'A BIN catalogue that was put into the imports bucket cannot be used, or the import failed.',
      impact: 'The catalogue in force stays; what finance sent is not imported.',
      command: tail(config, binImportLog, '1h'),
      page: 'bin-import-failed.md#first-five-minutes',
      metrics: {
        refused: own(config, 'BinImportRefused', 'Sum'),
        // Of Lambda: it counts crashes and time-outs too, of which the function can say nothing.
        errors: {
          namespace: 'AWS/Lambda',
          name: 'Errors',
          dimensions: { FunctionName: binImportFunction },
          statistic: 'Sum',
        },
      },
      expression: `${orZero('refused')} + ${orZero('errors')}`,
      comparison: 'above',
      threshold: 0,
      periodMinutes: 5,
      missing: 'not-breaching',
    },
  ];
}
