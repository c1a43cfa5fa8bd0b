/** The `syncdb` program. */
import { Command, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { memoryBytesDefault, parseMemorySize } from './byte-size.ts';
import { positiveInteger } from './commands/arguments.ts';
import { addBackup } from './commands/backup.ts';
import { addDevices } from './commands/devices.ts';
import { addExport } from './commands/export.ts';
import { addImport } from './commands/import.ts';
import { addLoad } from './commands/load.ts';
import { addPush } from './commands/push.ts';
import { addQuery } from './commands/query.ts';
import { addStatus } from './commands/status.ts';
import { addTail } from './commands/tail.ts';
import { addWatch } from './commands/watch.ts';
import { flagOf, limitsHelp } from './environment.ts';
import { exitCodes, type Hints, runProgram } from './failure.ts';
import type { RepairOptions } from './repair.ts';
import type { RestoreOptions } from './restore.ts';
import type { ServeOptions } from './serve.ts';
import type { FilesOptions } from './verify.ts';

const mending =
  '`syncdb verify` says what is damaged, `syncdb repair` mends what can be mended, and `syncdb restore` brings a backup back';
const stopOther = 'stop that one first, or serve another folder';
const writableFolder =
  'its folder must be writable, with room for a few kilobytes: copy the files to another one, if need be';
const waitForOther = 'stop the server first, or wait for the other command';

const serveHints: Hints = {
  LOG_CANNOT_OPEN:
    'this user must be able to write there, also beside the file, on a disk that works',
  LOG_CORRUPT: mending,
  LOG_LOCKED: stopOther,
  MALFORMED_BYTES: mending,
  NO_SNAPSHOT: mending,
  NOT_A_LOG: mending,
  NOT_SNAPSHOTS: mending,
  SNAPSHOT_CORRUPT: mending,
  SNAPSHOTS_LOCKED: stopOther,
};

/** Runs a command on files that nobody has open. */
const runOffline = (name: string, command: () => Promise<void>) =>
  runProgram(name, command, {
    LOG_CANNOT_OPEN: writableFolder,
    LOG_LOCKED: waitForOther,
    SNAPSHOTS_CANNOT_OPEN: writableFolder,
    SNAPSHOTS_LOCKED: waitForOther,
  });

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
Exit codes: 0 ended as told, 1 failed (one line on stderr says why), 2 wrong usage, 3 done, but something was refused
(\`load --skip-bad\`, \`push\`), 130 Ctrl-C.

Examples:
  $ syncdb serve --help
  $ buf build -o schema.binpb
  $ syncdb serve --schema schema.binpb --data ./data
  $ syncdb status
  $ syncdb query Inspection --where site_id=s1 --format csv
  $ syncdb load Inspection inspections.csv`,
  );

program
  .command('serve')
  .description(
    'Serve a database to clients, to backend services and to grpcurl. Every commit is on the disk before it is answered.',
  )
  .addOption(
    new Option(
      '--schema <file>',
      'your protos, compiled with all they import: what `buf build -o` or `protoc -o --include_imports` writes',
    )
      .env('SYNCDB_SCHEMA')
      .makeOptionMandatory(),
  )
  .addOption(
    new Option('--data <folder>', "folder of the database's file; made where it is missing")
      .env('SYNCDB_DATA')
      .makeOptionMandatory(),
  )
  .addOption(
    new Option('--database <name>', 'name by which clients ask for it, and of its file')
      .env('SYNCDB_DATABASE')
      .default('main'),
  )
  .addOption(
    new Option('--listen <host:port>', 'where to listen; port 0 takes a free one')
      .env('SYNCDB_LISTEN')
      .default('127.0.0.1:50051'),
  )
  .option(
    '--insecure',
    'allow an address that other machines reach, though everyone may read and write (env: SYNCDB_INSECURE=true)',
  )
  .addOption(
    new Option(
      '--memory <size>',
      'what the database may take, e.g. 2GiB, 16MiB at least, before it is written to no more',
    )
      .env('SYNCDB_MEMORY')
      .default(memoryBytesDefault(), '60% of the memory')
      .argParser(parseMemorySize),
  )
  .addOption(
    new Option('--level <level>', 'the most work that goes into few bytes, whatever clients wish')
      .env('SYNCDB_LEVEL')
      .choices(['fast', 'balanced', 'small'])
      .default('balanced'),
  )
  .addOption(
    new Option('--schema-version <number>', 'version of the schema, for clients to name')
      .env('SYNCDB_SCHEMA_VERSION')
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
    $ buf build -o schema.binpb
    $ syncdb serve --schema schema.binpb --data ./data

  See what there is, and read a table:
    $ grpcurl -plaintext 127.0.0.1:50051 syncdb.v1.AdminService/ListDatabases
    $ grpcurl -plaintext -d '{"database": "main", "table": "acme.v1.Inspection"}' \\
        127.0.0.1:50051 syncdb.v1.DataService/Query

  Let phones on the same network in, while you develop:
    $ syncdb serve --schema schema.binpb --data ./data --listen 0.0.0.0:50051 --insecure

Limits, each a variable of the environment, and what it is without (docs/server.md says what each is of):
${limitsHelp()}`,
  )
  .action((options: Omit<ServeOptions, 'insecure'> & { insecure?: true }) =>
    runProgram(
      'syncdb serve',
      async () => {
        // Only now: help and version are there at once.
        const { serve } = await import('./serve.ts');
        const insecure = options.insecure ?? flagOf(process.env, 'SYNCDB_INSECURE');
        await serve({ ...options, insecure });
      },
      serveHints,
    ),
  );

addBackup(program);

program
  .command('restore')
  .description(
    'Make a database of a backup. It goes on in a new epoch: replicas that know later commits push their own again, and keep aside what others wrote.',
  )
  .requiredOption('--from <file>', 'what `syncdb backup` wrote')
  .requiredOption('--data <folder>', "folder of the database's files")
  .option('--database <name>', 'name of the database, and of its files', 'main')
  .option('--replace', 'put the files of a database that is there aside', false)
  .addOption(
    new Option(
      '--epoch <number>',
      'the epoch to go on in, above all that there ever were; found out from the backup and the database that is there',
    ).argParser(positiveInteger),
  )
  .addHelpText(
    'after',
    `
Examples:
  $ syncdb restore --from main.syncdb-backup --data ./data --replace
  $ syncdb serve --schema schema.binpb --data ./data`,
  )
  .action((options: RestoreOptions) =>
    runOffline('syncdb restore', async () => {
      const { restore } = await import('./restore.ts');
      await restore(options);
    }),
  );

program
  .command('verify')
  .description(
    'Read all of a database that no server has open, and say what is damaged. Changes nothing of it; its folder must be writable, with room for a few kilobytes.',
  )
  .requiredOption('--data <folder>', "folder of the database's files")
  .option('--database <name>', 'name of the database, and of its files', 'main')
  .addHelpText(
    'after',
    `
Examples:
  $ syncdb verify --data ./data`,
  )
  .action((options: FilesOptions) =>
    runOffline('syncdb verify', async () => {
      const { verify } = await import('./verify.ts');
      await verify(options);
    }),
  );

program
  .command('repair')
  .description(
    'Make a database that can be served of one that is damaged, and say exactly what is lost. The damaged files are kept.',
  )
  .requiredOption('--data <folder>', "folder of the database's files")
  .option('--database <name>', 'name of the database, and of its files', 'main')
  .addOption(
    new Option(
      '--epoch <number>',
      'also begin this epoch, above all that there ever were: for when replicas are refused with CURSOR_AHEAD',
    ).argParser(positiveInteger),
  )
  .addHelpText(
    'after',
    `
Examples:
  $ syncdb repair --data ./data

  Replicas say CURSOR_AHEAD, and the error names their epoch, 2 say:
    $ syncdb repair --data ./data --epoch 3`,
  )
  .action((options: RepairOptions) =>
    runOffline('syncdb repair', async () => {
      const { repair } = await import('./repair.ts');
      await repair(options);
    }),
  );

addLoad(program);
addQuery(program);
addPush(program);
addWatch(program);
addTail(program);
addExport(program);
addImport(program);
addStatus(program);
addDevices(program);

for (const command of program.commands) {
  command.showHelpAfterError(`(syncdb ${command.name()} --help tells more)`);
}
await program.parseAsync();
