import type { Act } from './act';
import { alarms } from './alarms';
import { balances } from './balances';
import { bins } from './bins';
import { continuity } from './continuity';
import { credentials } from './credentials';
import { document } from './document';
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
import { reconciliation } from './reconciliation';
import { shipping } from './shipping';
import { smoke } from './smoke';
import { smokeDeploy } from './smoke-deploy';
import { smokeFaults } from './smoke-faults';
import { subscriptions } from './subscriptions';
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
  subscriptions,
  continuity,
  escalation,
  alarms,
  balances,
  bins,
  prefund,
  smoke,
  smokeFaults,
  smokeDeploy,
  shipping,
  figures,
  readiness,
  timeline,
  launchRollback,
  reconciliation,
  document,
  noTrace,
  permissions,
];
