import { type Command, Option } from 'commander';
import type { ExportFileOptions } from '../export.ts';
import { collect, positiveInteger } from './arguments.ts';
import { runStreamed } from './run-streamed.ts';

/** Adds `syncdb export`. */
export function addExport(program: Command): void {
  program
    .command('export')
    .description(
      "Write the edits that wait in a client's storage into a file, to be carried by hand to the home or to another machine.",
    )
    .addOption(
      new Option('--store <file>', 'the `path` of its sqliteStorage; the app must not have it open')
        .env('SYNCDB_STORE')
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--schema <file>', "the app's protos, compiled: what `buf build -o` writes")
        .env('SYNCDB_SCHEMA')
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--schema-version <number>', 'version of the schema, as the app names it')
        .env('SYNCDB_SCHEMA_VERSION')
        .default(1)
        .argParser(positiveInteger),
    )
    .requiredOption('--to <file>', 'the file; it has this name only once it is whole')
    .option(
      '-t, --table <table>',
      'only edits of this table, and what was written before them; may be given again',
      collect,
      [] as readonly string[],
    )
    .option('--refused', 'also those that the home has refused, for a person to read', false)
    .addHelpText(
      'after',
      `
The edits go on waiting where they are: whatever comes first, the file or the network, each is ordered once.

Examples:
  $ syncdb export --store field.db --schema schema.binpb --to camp-3.syncdb-edits
  $ syncdb import camp-3.syncdb-edits --server home:50051`,
    )
    .action((options: ExportFileOptions) =>
      runStreamed(
        'syncdb export',
        'go-on',
        async (streams) => {
          const { exportFile } = await import('../export.ts');
          await exportFile(options, streams);
        },
        {
          LOG_LOCKED: 'close the app first',
          STORAGE_OTHER_SCHEMA: '--schema and --schema-version must be those of the app',
        },
      ),
    );
}
