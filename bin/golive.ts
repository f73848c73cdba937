import { Command } from 'commander';
import { configCheckCommand } from '../cli/config-check';

// Not `npx golive`: a stranger owns that name on the registry.
const program = new Command('npm run golive --')
  .usage('<command>')
  .description("the operator's commands for PayCA's go-live");

program.command('config').description('the stages in config/').addCommand(configCheckCommand());

program.parseAsync();
