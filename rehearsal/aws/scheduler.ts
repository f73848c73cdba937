import type { Deployment } from '../deployment';
import type { Json } from '../template';
import { AwsFault, type Backend, type Call, ok } from './gate';

/** What an update must bring, or it is taken away: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html */
const REQUIRED = ['FlexibleTimeWindow', 'ScheduleExpression', 'Target'];

/** Schedules of the team's own, by `group/name`. */
export class Scheduler implements Backend {
  readonly service = 'scheduler';
  readonly schedules = new Map<string, Json>();

  constructor(private readonly deployment: Deployment) {}

  targets(call: Call) {
    const { account, region } = this.deployment;
    const resource = `arn:aws:scheduler:${region}:${account}:schedule/${place(call)}`;
    if (call.method === 'GET') return [{ action: 'scheduler:GetSchedule', resource }];
    if (call.method !== 'PUT') throw new Error(`the rehearsal does not know ${call.method} on schedules`);
    const { RoleArn = '' } = (JSON.parse(call.body.toString()).Target ?? {}) as { RoleArn?: string };
    const context = { 'iam:PassedToService': 'scheduler.amazonaws.com' };
    return [
      { action: 'scheduler:UpdateSchedule', resource },
      { action: 'iam:PassRole', resource: RoleArn, context },
    ];
  }

  async handle(call: Call) {
    const name = place(call);
    const schedule = this.schedules.get(name);
    if (!schedule) throw new AwsFault('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
    if (call.method === 'GET') return ok(schedule);
    const update = JSON.parse(call.body.toString());
    const missing = REQUIRED.filter((key) => update[key] === undefined);
    if (missing.length > 0) throw new AwsFault('ValidationException', `missing: ${missing.join(', ')}`);
    const [GroupName, Name] = name.split('/');
    this.schedules.set(name, { ...update, Name, GroupName });
    return ok({ ScheduleArn: this.targets(call)[0]?.resource });
  }
}

function place({ method, path, body }: Call): string {
  const { pathname, searchParams } = new URL(path, 'http://scheduler');
  const name = decodeURIComponent(pathname.replace(/^\/schedules\//, ''));
  const group = method === 'GET' ? searchParams.get('groupName') : JSON.parse(body.toString()).GroupName;
  return `${group ?? 'default'}/${name}`;
}
