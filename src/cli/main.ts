/** The `syncdb` program. */
import { Command, InvalidArgumentError, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { memoryBytesDefault, parseByteSize } from './byte-size.ts';
import { exitCodes, runProgram } from './failure.ts';
import type { ServeOptions } from './serve.ts';

const program = new Command('syncdb')
  .description('A typed in-memory database that syncs over gRPC.')
  .version(packageJson.version, '-V, --version', 'print the version')
  .helpOption('-h, --help', 'print this help')
  .showHelpAfterError('(syncdb --help tells more)')
  // Commander ends with 1 whatever is wrong; scripts want to know whether they were.
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : exitCodes.usage))
  .addHelpText(
    'after',
    `
Exit codes: 0 ended as told, 1 failed (one line on stderr says why), 2 wrong usage.

Examples:
  $ syncdb serve --help
  $ buf build -o image.binpb
  $ syncdb serve --schema image.binpb --data ./data`,
  );

program
  .command('serve')
  .description(
    'Serve a database to clients, to backend services and to grpcurl. Every commit is on the disk before it is answered.',
  )
  .requiredOption(
    '--schema <file>',
    'your protos, compiled with all they import: what `buf build -o` or `protoc -o --include_imports` writes',
  )
  .requiredOption('--data <folder>', "folder of the database's file; made where it is missing")
  .option('--database <name>', 'name by which clients ask for it, and of its file', 'main')
  .option('--listen <host:port>', 'where to listen; port 0 takes a free one', '127.0.0.1:50051')
  .option(
    '--insecure',
    'allow an address that other machines reach, though everyone may read and write',
    false,
  )
  .addOption(
    new Option(
      '--memory <size>',
      'what the database may take, e.g. 2GiB, before it is written to no more',
    )
      .env('SYNCDB_MEMORY')
      .default(memoryBytesDefault(), '60% of the memory')
      .argParser(parseByteSize),
  )
  .addOption(
    new Option('--schema-version <number>', 'version of the schema, for clients to name')
      .default(1)
      .argParser(positiveInteger),
  )
  .addHelpText(
    'after',
    `
A message becomes a table with an option from syncdb/v1/options.proto:

  message Inspection {
    option (syncdb.v1.table) = { scopes: "site/{site_id}" };
    string id = 1;
    string site_id = 2;
    string notes = 3;
  }

Examples:
  Serve it on this machine, in ./data/main.syncdb:
    $ buf build -o image.binpb
    $ syncdb serve --schema image.binpb --data ./data

  See what there is, and read a table:
    $ grpcurl -plaintext 127.0.0.1:50051 syncdb.v1.AdminService/ListDatabases
    $ grpcurl -plaintext -d '{"database": "main", "table": "acme.v1.Inspection"}' \\
        127.0.0.1:50051 syncdb.v1.DataService/Query

  Let phones on the same network in, while you develop:
    $ syncdb serve --schema image.binpb --data ./data --listen 0.0.0.0:50051 --insecure`,
  )
  .action((options: ServeOptions) =>
    runProgram('syncdb serve', async () => {
      // Only now: help and version are there at once.
      const { serve } = await import('./serve.ts');
      await serve(options);
    }),
  );

await program.parseAsync();

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 0xffff_ffff) {
    throw new InvalidArgumentError('It must be 1, 2, 3 ...');
  }
  return value;
}
