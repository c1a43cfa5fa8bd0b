import type { Command } from 'commander';
import { addRemoteOptions } from '../remote/remote-options.ts';
import type { WatchOptions } from '../watch.ts';
import { collect } from './arguments.ts';
import { runStreamed } from './run-streamed.ts';

/** Adds `syncdb watch`. */
export function addWatch(program: Command): void {
  const command = program
    .command('watch')
    .description('Write the rows of a table that match, then each change of them, until Ctrl-C.')
    .argument('<table>', "full name of the table's message, or what is behind its last dot")
    .option('-w, --where <test>', 'a test that must hold; of several all must', collect, [])
    .option('--filter <json>', 'the JSON of a syncdb.v1.Filter, for what tests cannot say')
    .option('--fields <fields>', 'write these fields only')
    .option('--changes-only', 'leave out the rows that match at the beginning', false);
  addRemoteOptions(command)
    .addHelpText(
      'after',
      `
Each change is a line of JSON: {"change": "put", "key", "row", "version", "modifiedAt", "modifiedBy"} for a row that
matches now, {"change": "delete", "key", "version"} for one that does no longer. {"live": true, "headSeq"} follows the rows
of the beginning. Of a row that changes faster than it is read only the newest state comes.

Examples:
  $ syncdb watch Airport --where state=NY
  $ syncdb watch WildlifeStrike --changes-only | jq -r 'select(.change == "put") | .row.species'`,
    )
    .action((table: string, options: WatchOptions) =>
      runStreamed('syncdb watch', 'end', async (streams) => {
        const { watch } = await import('../watch.ts');
        await watch(table, options, streams);
      }),
    );
}
