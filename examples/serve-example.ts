/** The example's server: opens its database, loads the rows on the first start, listens, and says what to try. */
import { Command } from 'commander';
import { openDatabaseFile } from '../src/cli/database-file.ts';
import { exitCodes, type Hints, runProgram } from '../src/cli/failure.ts';
import { grouped } from '../src/cli/progress.ts';
import { serveUntil } from '../src/cli/serve-until.ts';
import { stopSignal } from '../src/cli/stop-signal.ts';
import type { Database } from '../src/server/index.ts';
import { exampleSchema } from './dataset.ts';
import { loadExample } from './load.ts';
import { welcomeText } from './welcome.ts';

const defaultPort = '50051';

/** What this program offers to do about what goes wrong most. */
const hints: Hints = {
  BAD_ADDRESS: 'a port is a number up to 65535',
  ADDRESS_IN_USE: 'give another one with --port or PORT',
  LOG_LOCKED: 'stop the other one, or give another folder with --data',
  SCHEMA_CHANGED: 'or else give another folder with --data',
  SCHEMA_UNKNOWN: 'give another folder with --data',
};

/** Runs until Ctrl-C. */
export async function runExample(): Promise<void> {
  const { port, data } = optionsOf(process.argv);
  await runProgram('syncdb example', () => serveExample(port, data), hints);
}

async function serveExample(port: string, folder: string): Promise<void> {
  const stop = stopSignal();
  const database = await openDatabaseFile({
    folder,
    name: 'example',
    schema: exampleSchema,
    schemaVersion: 1,
    output: process.stdout,
  });
  await serveUntil({
    database,
    listen: `127.0.0.1:${port}`,
    insecure: false,
    stop,
    onServing: async ({ address }) => {
      const startMs = performance.now();
      const { loaded, left } = await loadExample(database, process.stdout, stop);
      const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
      if (loaded > 0) console.log(`Loaded ${grouped(loaded)} rows in ${seconds} s.`);
      if (left > 0)
        console.log(`Stopped before the last ${grouped(left)}: the next start goes on.`);
      else console.log(welcomeText(address, database.schema, rowCounts(database)));
    },
  });
  console.log('Stopped.');
}

function optionsOf(argv: readonly string[]): { port: string; data: string } {
  return new Command('npm start --')
    .description('Serves a database of real public rows on 127.0.0.1.')
    .option(
      '--port <number>',
      'port to listen on, 0 for a free one; PORT does the same',
      process.env.PORT || defaultPort,
    )
    .option('--data <folder>', 'folder of the database', './data')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : exitCodes.usage))
    .parse(argv)
    .opts();
}

/** Rows by table, in the order of their names. */
function rowCounts(database: Database): Map<string, number> {
  const tables = database.source.state.tables.filter(({ def }) => !def.system);
  return new Map(tables.map(({ def, columns }) => [def.name, columns.liveCount]));
}
