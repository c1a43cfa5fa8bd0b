import { type Command, Option } from 'commander';
import type { QueryOptions } from '../query.ts';
import { addRemoteOptions } from '../remote/remote-options.ts';
import { rowFormats } from '../rows/row-format.ts';
import { collect, positiveInteger } from './arguments.ts';
import { runStreamed } from './run-streamed.ts';

/** Adds `syncdb query`. */
export function addQuery(program: Command): void {
  const command = program
    .command('query')
    .description('Write the rows of a table: all of them, or those that match.')
    .argument('<table>', "full name of the table's message, or what is behind its last dot")
    .option('-w, --where <test>', 'a test that must hold; of several all must', collect, [])
    .option('--filter <json>', 'the JSON of a syncdb.v1.Filter, for what tests cannot say')
    .option('-o, --order <fields>', 'by these fields, each as FIELD or FIELD:desc; else by key')
    .addOption(new Option('-n, --limit <number>', 'rows at the most').argParser(positiveInteger))
    .option('--fields <fields>', 'write these fields only, in this order')
    .option('--count', 'only count them', false)
    .addOption(
      new Option('-f, --format <format>', 'a table on a terminal, else ndjson').choices(rowFormats),
    );
  addRemoteOptions(command)
    .addHelpText(
      'after',
      `
Tests: state=NY  state!=NY  magnitude>=5  name^=Bo  "state in NY,MA"  notes (is there)  "not notes" (is absent).
Values are as in JSON: enum values by name, times as 2024-05-01T12:00:00Z, bytes in Base64.

Formats: json (one array), ndjson (a row a line), csv, table (cut to 40 characters a cell, for people), binary (each row
as protobuf behind its length, a varint). \`syncdb load\` reads all but tables, and gets the same rows.

Examples:
  $ syncdb query Airport --where state=NY --order name --limit 5
  $ syncdb query example.v1.Earthquake -w 'magnitude>=5' -w 'state in AK,CA' --fields place,magnitude
  $ syncdb query Airport --format csv > airports.csv`,
    )
    .action((table: string, options: QueryOptions) =>
      runStreamed('syncdb query', 'end', async (streams) => {
        const { query } = await import('../query.ts');
        await query(table, options, streams);
      }),
    );
}
