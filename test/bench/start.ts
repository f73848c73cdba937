import { fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { issueCredentials, Random } from '../../rehearsal/payca';
import { deliveries } from './deliveries';
import { deployedNode, handlers, program } from './deployed';
import { serveFakeAws } from './fake-aws';
import { compared, type Figure } from './figure';
import type { Start } from './first-delivery';

const ROUNDS = 15;

/** Cold starts of the receiver and of the plain handler, in turns. */
export async function start(): Promise<Figure[]> {
  const { receiver, plain, environment } = await handlers();
  const credentials = issueCredentials(new Random(1));
  const aws = await serveFakeAws(credentials);
  const bootstrap = program('first-delivery');
  const [event] = deliveries(credentials, 1);
  const run = async (folder: string): Promise<Start> => {
    const child = fork(bootstrap, {
      execPath: deployedNode(),
      execArgv: [],
      env: { ...environment, AWS_ENDPOINT_URL: aws.url, LAMBDA_TASK_ROOT: folder, PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    child.send(event as object);
    const [result] = await once(child, 'message');
    return result;
  };
  const ours: Start[] = [];
  const theirs: Start[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(await run(receiver));
      theirs.push(await run(plain));
    }
  } finally {
    aws.close();
  }
  const beside = (of: (one: Start) => number) => compared(ours.map(of), 'plain handler', theirs.map(of));
  return [
    {
      figure: 'receiver: import and init',
      unit: 'ms',
      ...beside(({ load }) => load),
      target: { atMost: 0.5, of: 'ratio' },
    },
    {
      figure: 'receiver: process start to initialised',
      unit: 'ms',
      ...beside(({ node, load }) => node + load),
      target: { atMost: 0.5, of: 'ratio' },
    },
    {
      figure: 'receiver: process start to first answer',
      unit: 'ms',
      ...beside(({ node, load, delivery }) => node + load + delivery),
    },
    {
      figure: 'receiver: bundle',
      unit: 'KB',
      measured: kilobytes(receiver),
      beside: { name: 'plain handler', measured: kilobytes(plain) },
      target: { atMost: 200, of: 'measured' },
    },
  ];
}

function kilobytes(folder: string): number {
  return statSync(`${folder}/index.js`).size / 1024;
}
