import { afterEach, expect, test } from 'vitest';
import { exampleSchema } from '../../examples/dataset.ts';
import { loadExample } from '../../examples/load.ts';
import {
  createMemoryLog,
  type Database,
  defaultLimits,
  openDatabase,
  trustEveryone,
} from '../../src/server/index.ts';

const rowCount = 30_505;
const never = new AbortController().signal;
const quiet = { write: () => {} };
let database: Database;

afterEach(() => database.close());

test('an interrupted load is completed by the next, and never done twice', async () => {
  database = await emptyDatabase();
  const stop = new AbortController();
  const first = await loadExample(database, { write: () => stop.abort() }, stop.signal);
  expect(first).toEqual({ loaded: 6_500, left: rowCount - 6_500 });
  expect(rowsOf(database)).toBe(6_500);

  const second = await loadExample(database, quiet, never);
  expect(second).toEqual({ loaded: rowCount - 6_500, left: 0 });
  expect(rowsOf(database)).toBe(rowCount);

  // What somebody deletes does not come back.
  await deleteRow('example.v1.Airport', 'ELM');
  expect(await loadExample(database, quiet, never)).toEqual({ loaded: 0, left: 0 });
  expect(rowsOf(database)).toBe(rowCount - 1);
});

async function emptyDatabase(): Promise<Database> {
  return openDatabase({
    name: 'example',
    schema: exampleSchema,
    log: createMemoryLog({ id: new Uint8Array(16) }),
    limits: defaultLimits,
    clock: { nowMs: () => 1_000 },
  });
}

function rowsOf({ source }: Database): number {
  const tables = source.state.tables.filter(({ def }) => !def.system);
  return tables.reduce((sum, { columns }) => sum + columns.liveCount, 0);
}

async function deleteRow(table: string, key: string): Promise<void> {
  const identity = await trustEveryone({ metadata: () => [], peer: 'test', method: 'test' });
  const change = {
    operation: 'delete',
    table,
    key,
    row: new Uint8Array(0),
    fields: [],
    base: undefined,
    baseCounter: 0,
    ifMatch: '',
    ifNoneMatch: false,
    baseAbsent: false,
  } as const;
  await database.transact([change], '', identity);
}
