import { type Command, Option } from 'commander';
import { addRemoteOptions } from '../remote/remote-options.ts';
import type { StatusOptions } from '../status.ts';
import { runStreamed } from './run-streamed.ts';

/** Adds `syncdb status`. */
export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .description(
      'Say what a server is and has: health, databases, tables, memory. Ends with 1 where it takes no writes.',
    )
    .addOption(
      new Option('-f, --format <format>', 'text on a terminal, else json').choices([
        'text',
        'json',
      ]),
    );
  addRemoteOptions(
    command,
    new Option('--database <name>', 'of this database only; else of all').env('SYNCDB_DATABASE'),
  )
    .addHelpText(
      'after',
      `
Piped it is one line of JSON.

Examples:
  $ syncdb status
  $ syncdb status --server db.example:50051 | jq '.databases[].rowCount'`,
    )
    .action((options: StatusOptions) =>
      runStreamed('syncdb status', 'end', async (streams) => {
        const { status } = await import('../status.ts');
        await status(options, streams);
      }),
    );
}
