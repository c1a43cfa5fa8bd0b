import type { Command } from 'commander';
import { addRemoteOptions, type RemoteOptions } from '../remote/remote-options.ts';
import { runStreamed } from './run-streamed.ts';

/** Adds `syncdb tail`. */
export function addTail(program: Command): void {
  const command = program
    .command('tail')
    .description('Follow commits as they happen: who wrote, and which rows; until Ctrl-C.')
    .argument('[tables...]', "whose commits; else of all of the team's tables");
  addRemoteOptions(command)
    .addHelpText(
      'after',
      `
On a terminal each commit is a line: time (UTC), number, writer/counter, and + for new rows, ~ for changed ones with their
fields, - for deleted ones. Piped it is a line of JSON, behind a first one {"live": true, "headSeq"}. Where commits come
faster than they are read, the oldest are left out, and a line says how many: {"missed": 12}.

Examples:
  $ syncdb tail
  $ syncdb tail Airport | jq -r 'select(.refusedReason) | .replicaId'`,
    )
    .action((tables: readonly string[], options: RemoteOptions) =>
      runStreamed('syncdb tail', 'end', async (streams) => {
        const { tail } = await import('../tail.ts');
        await tail(tables, options, streams);
      }),
    );
}
