import type { Act } from './act';
import { alarms } from './alarms';
import { balances } from './balances';
import { credentials } from './credentials';
import { edge } from './edge';
import { escalation } from './escalation';
import { faults } from './faults';
import { figures } from './figures';
import { firstDeploy } from './first-deploy';
import { launchRollback } from './launch-rollback';
import { noTrace } from './no-trace';
import { operations } from './operations';
import { permissions } from './permissions';
import { prefund } from './prefund';
import { readiness } from './readiness';
import { shipping } from './shipping';
import { timeline } from './timeline';
import { webhooks } from './webhooks';

/** In the order of the first day. */
export const acts: readonly Act[] = [
  firstDeploy,
  credentials,
  edge,
  webhooks,
  faults,
  operations,
  escalation,
  alarms,
  balances,
  prefund,
  shipping,
  figures,
  readiness,
  timeline,
  launchRollback,
  noTrace,
  permissions,
];
