import type { Act } from './act';
import { edge } from './edge';
import { escalation } from './escalation';
import { faults } from './faults';
import { firstDeploy } from './first-deploy';
import { operations } from './operations';
import { permissions } from './permissions';
import { webhooks } from './webhooks';

/** In the order of the first day. */
export const acts: readonly Act[] = [firstDeploy, edge, webhooks, faults, operations, escalation, permissions];
