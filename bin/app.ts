import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { addRulePacks, synthesise } from '../lib/compliance/packs';
import { ConfigError } from '../lib/config/problems';
import { parseStages } from '../lib/config/schema';
import { addGoLive } from '../lib/golive';

const app = new App();
// `-c config=DIRECTORY` takes the stages from elsewhere: another programme, or a variant that the rehearsal tries.
const { stages } = require(join(process.cwd(), app.node.tryGetContext('config') ?? 'config'));
try {
  addGoLive(app, parseStages(stages));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(1);
}
addRulePacks(app);
synthesise(app);
