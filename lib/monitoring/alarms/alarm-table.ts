import type { StageConfig } from '../../config/schema';
import type { AlarmRow, Places } from './alarm-row';
import { credentialRows } from './credential-rows';
import { deliveryRows } from './delivery-rows';
import { importRows } from './import-rows';
import { launchRows } from './launch-rows';
import { paycaRows } from './payca-rows';
import { reconciliationRows } from './reconciliation-rows';
import { smokeRows } from './smoke-rows';
import { subscriptionRows } from './subscription-rows';
import { webhookRows } from './webhook-rows';

/** Every alarm of a stage; in sandbox and production the same but for the numbers of their configs. */
export function alarmTable(config: StageConfig, places: Places): AlarmRow[] {
  return [
    webhookRows,
    paycaRows,
    credentialRows,
    importRows,
    subscriptionRows,
    deliveryRows,
    reconciliationRows,
    smokeRows,
    launchRows,
  ].flatMap((rows) => rows(config, places));
}
