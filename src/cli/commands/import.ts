import type { Command } from 'commander';
import type { ImportFileOptions } from '../import.ts';
import { remoteHints } from '../remote/remote-hints.ts';
import { addCallOptions, serverOption } from '../remote/remote-options.ts';
import { runStreamed } from './run-streamed.ts';

/** Adds `syncdb import`. */
export function addImport(program: Command): void {
  const command = program
    .command('import')
    .description(
      'Bring files of edits to a server, which orders each edit once, whichever ways it comes.',
    )
    .argument('<files...>', 'what `syncdb export` or an app has written');
  command.addOption(serverOption()).option('--database <name>', 'refuse files of another database');
  addCallOptions(command)
    .addHelpText(
      'after',
      `
What became of each transaction is a line. Ends with 3 where one was refused, or waits for others of its writer, which are
in an earlier file or come by the network: import it once more then. To import a file twice does no harm.

Examples:
  $ syncdb import camp-3.syncdb-edits
  $ SYNCDB_SERVER=home:50051 syncdb import *.syncdb-edits | jq 'select(.status != "committed")'`,
    )
    .action((files: readonly string[], options: ImportFileOptions) =>
      runStreamed(
        'syncdb import',
        'go-on',
        async (streams) => {
          const { importFiles } = await import('../import.ts');
          await importFiles(files, options, streams);
        },
        {
          ...remoteHints,
          FOREIGN_WRITER: 'SYNCDB_TOKEN must be that of one who may push for others',
        },
      ),
    );
}
