import { type Command, Option } from 'commander';
import type { LoadOptions } from '../load.ts';
import { addRemoteOptions } from '../remote/remote-options.ts';
import { fileFormats } from '../rows/row-format.ts';
import { positiveInteger, requestName } from './arguments.ts';
import { runStreamed } from './run-streamed.ts';

/** Adds `syncdb load`. */
export function addLoad(program: Command): void {
  const command = program
    .command('load')
    .description('Write the rows of files, or of stdin, into a table of a running server.')
    .argument('<table>', "full name of the table's message, or what is behind its last dot")
    .argument('[files...]', 'what to read; `-` or nothing is stdin')
    .addOption(
      new Option(
        '-f, --format <format>',
        'else as the name says: .json, .ndjson, .jsonl, .csv, .binpb, .pb; of stdin ndjson',
      ).choices(fileFormats),
    )
    .addOption(
      new Option(
        '--mode <mode>',
        'put: a row takes the place of one with its key; insert: there must be none; patch: only the fields that it has change',
      )
        .choices(['put', 'insert', 'patch'])
        .default('put'),
    )
    .option(
      '--skip-bad <file>',
      'leave out rows that cannot be written, and keep them in this new file, with the reason; without it the first one ends the load',
    )
    .addOption(
      new Option('--batch <rows>', 'rows of one transaction, at the most')
        .default(500)
        .argParser(positiveInteger),
    )
    .addOption(
      new Option(
        '--id <name>',
        'what was loaded under this id from the same file is not written again: a load that was cut off goes on',
      ).argParser(requestName),
    );
  addRemoteOptions(command)
    .addHelpText(
      'after',
      `
Rows go in transactions: of each all are written, or none. What the server did not answer is sent again, and never applied
twice. In CSV an empty cell is an absent field and "" an empty text; lists, maps and messages are JSON.

On a terminal a bar shows how far it is; else stdout has lines of JSON: "progress" each second, and "done".
Ends with 3 where rows were left out.

Examples:
  $ syncdb load Airport airports.csv
  $ syncdb load Airport airports.csv --skip-bad bad.ndjson
  $ syncdb query Airport --format binary | syncdb load Airport --format binary --server other:50051
  $ jq -c '.[]' export.json | syncdb load Airport --id import-7`,
    )
    .action((table: string, files: readonly string[], options: LoadOptions) =>
      runStreamed('syncdb load', 'go-on', async (streams) => {
        const { load } = await import('../load.ts');
        await load(table, files, options, streams);
        // Where it was stopped, what is piped to it may go on.
        if (process.exitCode === 130) process.stdin.destroy();
      }),
    );
}
