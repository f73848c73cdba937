import { App, Stack } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';

/*
 * The reference for a synth: an app with nothing of its own, with as many stacks and resources as this one. Run as the
 * CDK CLI runs an app; `RESOURCES` says how many each stack has.
 */
const app = new App();
for (const [number, count] of String(process.env.RESOURCES).split(',').entries()) {
  const stack = new Stack(app, `Stack${number}`, { env: { account: '111122223333', region: 'eu-central-1' } });
  for (let topic = 0; topic < Number(count); topic += 1) new Topic(stack, `Topic${topic}`);
}
app.synth();
