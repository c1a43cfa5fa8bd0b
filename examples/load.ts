/** Writes the example's rows to a database. */
import { type DescMessage, type Message, toBinary } from '@bufbuild/protobuf';
import type { Change } from '../src/change/transaction.ts';
import { createProgress, type ProgressOutput } from '../src/cli/progress.ts';
import { prepareTransaction } from '../src/merge/prepared.ts';
import type { Database, Identity } from '../src/server/index.ts';
import { type ExampleTable, exampleTables } from './dataset.ts';

/** Rows of one transaction. */
const batchRows = 500;

/**
 * The replica that writes the rows. Its transactions count 1, 2, 3 ..., and the database knows how many of them it
 * has for ever: so an interrupted load goes on where it stopped, and no row comes back that somebody deleted since.
 * Other rows, or the same in another order, are the work of another replica.
 */
const loader = 'example-data-1';

const identity: Identity = {
  name: loader,
  readScopes: [],
  writeScopes: ['*'],
  relay: false,
  admin: false,
  expiresAtMs: undefined,
};

/** What a load did, in rows. */
export interface LoadResult {
  /** Those of this time; 0 where all were there. */
  readonly loaded: number;
  /** Those that are missing because `stop` came first. */
  readonly left: number;
}

/** Writes what is missing of the example's rows, and shows how far it is. Stops between two transactions. */
export async function loadExample(
  database: Database,
  output: ProgressOutput,
  stop: AbortSignal,
): Promise<LoadResult> {
  const changes = exampleTables().flatMap(changesOf);
  const start = database.source.settledOf(loader).counter * batchRows;
  const progress = createProgress('Loading rows', changes.length, output);
  let done = Math.min(start, changes.length);
  const loadedBefore = done;
  while (done < changes.length && !stop.aborted) {
    const batch = changes.slice(done, done + batchRows);
    await write(database, done / batchRows + 1, batch);
    done += batch.length;
    progress.update(done);
  }
  progress.end();
  return { loaded: done - loadedBefore, left: changes.length - done };
}

async function write(
  database: Database,
  counter: number,
  changes: readonly Change[],
): Promise<void> {
  const transaction = {
    replica: loader,
    counter,
    previousDigest: new Uint8Array(0),
    stamp: 0,
    schemaVersion: 0,
    changes,
  };
  const { schema, limits } = database;
  const prepared = prepareTransaction(schema, limits, transaction, 'example');
  const { refusal } = await database.submit(prepared, identity);
  if (refusal === undefined) return;
  const change = changes[refusal.changeIndex];
  throw new Error(`the database refused a row of ${change?.table}: ${refusal.message}`);
}

function changesOf({ desc, rows }: ExampleTable): Change[] {
  return rows.map((row) => putOf(desc, row));
}

/** The row as it is given, whether or not there is one of its key. */
function putOf(desc: DescMessage, row: Message): Change {
  return {
    operation: 'put',
    table: desc.typeName,
    // Empty: it stands in the row.
    key: '',
    row: toBinary(desc, row),
    fields: [],
    base: undefined,
    baseCounter: 0,
    ifMatch: '',
    ifNoneMatch: false,
    baseAbsent: false,
  };
}
