/** A database over a log on disk, opened with one schema after another. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMemoryLog } from '../../src/log/memory-log.ts';
import { openSqliteLog } from '../../src/log/sqlite-log.ts';
import { trustEveryone } from '../../src/server/authoriser.ts';
import { type Database, openDatabase } from '../../src/server/database.ts';
import { tempFolders } from '../log/support/temp-folder.ts';
import { ModelHome } from '../support/model-home.ts';
import { itemTable, put } from '../support/model-schema.ts';
import { type MessageSpec, schemaSet } from '../support/schema-builder.ts';

const folder = tempFolders();

const fields = { 1: 'id: string', 2: 'site: string', 3: 'visits: int32' };
const table = { scopes: ['site/{site}'] };
const first = { Task: { table, fields }, Note: { table: {}, fields: { 1: 'id: string' } } };
const task = (others: MessageSpec['fields'], option: object = table) => ({
  ...first,
  Task: { table: option, fields: { ...fields, ...others } },
});
/** A new column, and new tables before and behind the others. */
const second = {
  ...task({ 4: { name: 'state', type: 'string', optional: true }, 5: 'count: int64' }),
  Area: { table: {}, fields: { 1: 'id: string' } },
  Zone: { table: {}, fields: { 1: 'id: string' } },
};

async function withDatabase<T>(
  path: string,
  messages: Record<string, MessageSpec>,
  use: (database: Database) => T | Promise<T>,
  schemaVersion = 1,
): Promise<T> {
  const log = await openSqliteLog({ path });
  try {
    const schema = schemaSet(messages);
    return await use(await openDatabase({ name: 'd', schema, schemaVersion, log }));
  } finally {
    await log.close();
  }
}

async function write(database: Database, name: string, row: number[]): Promise<void> {
  const identity = await trustEveryone({ metadata: () => [], peer: 'test', method: 'test' });
  const change = {
    operation: 'put',
    table: `t.${name}`,
    key: '',
    row: Uint8Array.from(row),
    fields: [],
    base: undefined,
    baseCounter: 0,
    ifMatch: '',
    ifNoneMatch: false,
    baseAbsent: false,
  } as const;
  const { outcome } = await database.transact([change], '', identity);
  expect(outcome.status).toBe('committed');
}

/** A row by column name. */
function shown({ source, schema }: Database, name: string, key: string): object | undefined {
  const def = schema.tableByName.get(`t.${name}`)!;
  const cells = source.state.cells(def, key);
  return cells && Object.fromEntries(def.columns.map((column, at) => [column.name, cells[at]]));
}

/** Field 1 as the text `a` or another letter, and what follows. */
const row = (key: string, ...rest: number[]) => [10, 1, key.charCodeAt(0), ...rest];

async function recordsOf(path: string): Promise<Uint8Array[]> {
  const log = await openSqliteLog({ path });
  const records: Uint8Array[] = [];
  for await (const slice of log.read(0)) records.push(...slice.records);
  await log.close();
  return records;
}

describe('[I9] a log that was written in an older schema', () => {
  it('is read by one that adds to it, with defaults in what is new', async () => {
    const path = join(folder(), 'd.syncdb');
    await withDatabase(path, first, async (database) => {
      await write(database, 'Task', row('a', 18, 1, 120, 24, 7));
      await write(database, 'Note', row('n'));
    });
    const old = { id: 'a', site: 'x', visits: 7, state: null, count: 0n };
    await withDatabase(path, second, async (database) => {
      expect(shown(database, 'Task', 'a')).toEqual(old);
      await write(database, 'Task', row('b', 34, 1, 111, 40, 9));
      await write(database, 'Task', row('a', 18, 1, 121, 40, 3));
      await write(database, 'Area', row('r'));
      await write(database, 'Zone', row('z'));
    });
    await withDatabase(path, second, (database) => {
      expect(shown(database, 'Task', 'a')).toEqual({ ...old, site: 'y', visits: 0, count: 3n });
      expect(shown(database, 'Task', 'b')).toMatchObject({ site: '', state: 'o', count: 9n });
      expect(shown(database, 'Note', 'n')).toEqual({ id: 'n' });
      expect(shown(database, 'Area', 'r')).toEqual({ id: 'r' });
      expect(shown(database, 'Zone', 'z')).toEqual({ id: 'z' });
      // Two publications and six rows: opening it again wrote nothing.
      expect(database.source.state.head).toBe(8);
    });
  });

  it.each<[string, Record<string, MessageSpec>, { field: string; description: string }]>([
    [
      'changes a type',
      task({ 3: 'visits: string' }),
      { field: 't.Task.visits', description: 'field 3 was int32 and is string' },
    ],
    [
      'lacks a column',
      { ...first, Task: { table, fields: { 1: 'id: string', 2: 'site: string' } } },
      { field: 't.Task', description: 'field 3 is missing' },
    ],
    [
      'lacks a table',
      { Task: first.Task },
      { field: 't.Note', description: 'the table is missing' },
    ],
    [
      'has another key',
      task({ 3: { name: 'visits', type: 'int32', options: { key: true } } }),
      { field: 't.Task', description: 'the key was field 1 and is field 3' },
    ],
    [
      'has another scope template',
      task({}, { scopes: ['area/{site}'] }),
      { field: 't.Task', description: 'the scope templates were site/{2} and are area/{2}' },
    ],
  ])('is refused, and left as it is, by one that %s', async (_what, messages, violation) => {
    const path = join(folder(), 'd.syncdb');
    await withDatabase(path, first, (database) => write(database, 'Task', row('a', 24, 7)));
    const before = await recordsOf(path);
    const error = await withDatabase(path, messages, () => {}).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 9,
      reason: 'SCHEMA_CHANGED',
      message: expect.stringContaining(`${violation.field}: ${violation.description}`),
      fields: [violation],
    });
    expect(await recordsOf(path)).toEqual(before);
    await withDatabase(path, first, (database) => {
      expect(shown(database, 'Task', 'a')).toMatchObject({ visits: 7 });
    });
  });

  it('is refused by an older version, and by one of the same version that lacks what is there', async () => {
    const path = join(folder(), 'd.syncdb');
    await withDatabase(path, first, () => {});
    await withDatabase(path, second, (database) => write(database, 'Area', row('r')), 2);
    await expect(withDatabase(path, first, () => {}, 1)).rejects.toMatchObject({
      reason: 'SCHEMA_OLDER',
    });
    await expect(withDatabase(path, first, () => {}, 2)).rejects.toMatchObject({
      reason: 'SCHEMA_CHANGED',
    });
    await withDatabase(path, second, (database) => expect(database.source.state.head).toBe(3), 2);
  });
});

it('a log that does not begin with its schema is refused before a row of it is read', async () => {
  const model = new ModelHome();
  model.write('ann', [put(itemTable, 'i', {})]);
  const log = createMemoryLog({ id: new Uint8Array(16), records: model.records });
  const schema = schemaSet(first);
  await expect(openDatabase({ name: 'd', schema, log })).rejects.toMatchObject({
    code: 9,
    reason: 'SCHEMA_UNKNOWN',
  });
  expect(log.head).toBe(1);
});

it('a log that does not take the schema lets nothing begin', async () => {
  const delay = () => Promise.reject(new Error('the disk is gone'));
  const log = createMemoryLog({ id: new Uint8Array(16), delay });
  const schema = schemaSet(first);
  await expect(openDatabase({ name: 'd', schema, log })).rejects.toThrow('the disk is gone');
});

it('lets others have their turn while a log is read', async () => {
  const log = createMemoryLog({ id: new Uint8Array(16) });
  const written = await openDatabase({ name: 'd', schema: schemaSet(first), log });
  for (let group = 0; group < 10; group++) {
    const rows = Array.from({ length: 500 }, (_, index) => `${group}-${index}`);
    await Promise.all(
      rows.map((id) => write(written, 'Note', [0x0a, id.length, ...Buffer.from(id)])),
    );
  }
  const records: Uint8Array[] = [];
  for await (const slice of log.read(0)) records.push(...slice.records);
  await written.close();
  let turns = 0;
  let isOpen = false;
  const count = () => {
    turns++;
    if (!isOpen) setImmediate(count);
  };
  setImmediate(count);
  const again = createMemoryLog({ id: log.id, records });
  const database = await openDatabase({ name: 'd', schema: schemaSet(first), log: again });
  isOpen = true;
  expect(database.source.state.head).toBe(records.length);
  // Of itself such a log has none.
  expect(turns).toBeGreaterThan(2);
  await database.close();
});
