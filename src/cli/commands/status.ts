import type { Command } from 'commander';
import { runProgram } from '../failure.ts';
import { remoteHints } from '../remote/remote-hints.ts';
import { addRemoteOptions, type RemoteOptions } from '../remote/remote-options.ts';

/** Adds `syncdb status`. */
export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .description(
      'Say what a server is and has: health, databases, tables, memory. Ends with 1 where it takes no writes.',
    );
  addRemoteOptions(command)
    .addHelpText(
      'after',
      `
Piped it is one line of JSON.

Examples:
  $ syncdb status
  $ syncdb status --server db.example:50051 | jq '.databases[].rowCount'`,
    )
    .action((options: RemoteOptions) =>
      runProgram(
        'syncdb status',
        async () => {
          const [{ status }, { processStreams }] = await Promise.all([
            import('../status.ts'),
            import('../output.ts'),
          ]);
          await status(options, processStreams());
        },
        remoteHints,
      ),
    );
}
