import { Command } from 'commander';
import { alarmsCommand } from '../cli/alarms';
import { binsCommand } from '../cli/bins';
import { cardsCommand } from '../cli/cards';
import { configCheckCommand } from '../cli/config-check';
import { credentialsCommand } from '../cli/credentials';
import { deployCommand } from '../cli/deploy';
import { drillCommand } from '../cli/drill';
import { endpointCommand } from '../cli/endpoint-check';
import { envCommand } from '../cli/env';
import { eventsCommand } from '../cli/events';
import { evidenceCommand } from '../cli/evidence-records';
import { figuresCommand } from '../cli/figures';
import { incidentCommand } from '../cli/incident';
import { launchCommand } from '../cli/launch';
import { launchDocumentCommand } from '../cli/launch-document';
import { prefundCommand } from '../cli/prefund';
import { readinessCommand } from '../cli/readiness';
import { reconcileCommand } from '../cli/reconcile';
import { resendCommand } from '../cli/resend';
import { runbookCommand } from '../cli/runbook';
import { secretsCommand } from '../cli/secrets';
import { shippingCommand } from '../cli/shipping';
import { smokeCommand } from '../cli/smoke';
import { OperatorError } from '../cli/stage';
import { statusCommand } from '../cli/status';
import { subscriptionsCommand } from '../cli/subscriptions';
import { supportPackCommand } from '../cli/support-pack';

// The SDK is pinned to a version that runs on every Node that package.json allows; its notice about later ones is for us.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

// Not `npx golive`: a stranger owns that name on the registry.
const program = new Command('npm run golive --')
  .usage('<command>')
  .description("the operator's commands for PayCA's go-live");

program.command('config').description('the stages in config/').addCommand(configCheckCommand());
program.addCommand(runbookCommand());
program.addCommand(readinessCommand());
program.addCommand(deployCommand());
program.addCommand(envCommand());
program.addCommand(statusCommand());
program.addCommand(credentialsCommand());
program.addCommand(secretsCommand());
program.addCommand(binsCommand());
program.addCommand(prefundCommand());
program.addCommand(cardsCommand());
program.addCommand(endpointCommand());
program.addCommand(subscriptionsCommand());
program.addCommand(eventsCommand());
program.addCommand(resendCommand());
program.addCommand(evidenceCommand());
program.addCommand(figuresCommand());
program.addCommand(incidentCommand());
program.addCommand(supportPackCommand());
program.addCommand(reconcileCommand());
program.addCommand(launchDocumentCommand());
program.addCommand(alarmsCommand());
program.addCommand(drillCommand());
program.addCommand(shippingCommand());
program.addCommand(launchCommand());
program.addCommand(smokeCommand());

/** A file or folder that cannot be read or written is for who named it; any other fault is ours and is told whole. */
const isFileFault = (error: unknown): error is Error => error instanceof Error && 'syscall' in error && 'path' in error;

program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof OperatorError || isFileFault(error) ? `error: ${error.message}` : error);
  process.exitCode = 2;
});
