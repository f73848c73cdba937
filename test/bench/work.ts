import { fork } from 'node:child_process';
import { once } from 'node:events';
import { issueCredentials, Random } from '../../rehearsal/payca';
import { deployedNode, handlers, program } from './deployed';
import { serveFakeAws } from './fake-aws';
import { compared, type Figure } from './figure';
import type { Work } from './many-deliveries';

/** CPU time per delivery, calls to AWS and their HTTP included, waiting for their answers not. */
export async function work(): Promise<Figure[]> {
  const { receiver, plain, environment } = await handlers();
  const credentials = issueCredentials(new Random(1));
  const aws = await serveFakeAws(credentials);
  try {
    const child = fork(program('many-deliveries'), {
      execPath: deployedNode(),
      execArgv: [],
      env: {
        ...environment,
        AWS_ENDPOINT_URL: aws.url,
        CLIENT_ID: credentials.clientId,
        CLIENT_SECRET: credentials.clientSecret,
        RECEIVER: receiver,
        PLAIN: plain,
        PATH: process.env.PATH,
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [measured]: Work[] = await once(child, 'message');
    if (!measured) throw new Error('nothing was measured');
    return [
      {
        figure: 'receiver: CPU per delivery, beside the floor',
        unit: 'µs',
        ...compared(measured.receiver, 'HMAC and JSON.parse', measured.floor),
      },
      {
        figure: 'receiver: CPU per delivery',
        unit: 'µs',
        ...compared(measured.receiver, 'plain handler', measured.plain),
        target: { atMost: 1, of: 'ratio' },
      },
    ];
  } finally {
    aws.close();
  }
}
