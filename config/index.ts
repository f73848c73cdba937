import type { StageInput } from '../lib/config/schema';
import { production } from './production';
import { sandbox } from './sandbox';

/** Every stage; all of them are synthesised every time. */
export const stages: StageInput[] = [production, sandbox];
