import { expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import type { TransactionTable } from '../../src/client/client-api.ts';
import { TypedTable } from '../../src/client/client-table.ts';
import { gatheredEdits } from '../../src/client/gathered-edits.ts';
import { memoryReplica } from '../../src/client/open-replica.ts';
import { createMessageCodec } from '../../src/schema/message-codec.ts';
import { createSchema } from '../../src/schema/schema.ts';
import { fieldSchema } from '../support/test-server.ts';

const schema = createSchema(fieldSchema, { version: 1, limits: defaultLimits });
const def = schema.tableByName.get(StationSchema.typeName)!;
const typed = () => {
  const wish = { scopes: [], tables: [] };
  const ask = { database: 'field', schema, limits: defaultLimits, relay: false, wish, id: 'a' };
  const replica = memoryReplica({ ...ask, makeId: () => 'a' });
  return new TypedTable(replica, createMessageCodec(def, StationSchema), defaultLimits) as never;
};

test('are in the order in which they were made', () => {
  const edits = gatheredEdits((scope) => {
    const stations = scope.table(StationSchema);
    stations.put({ id: 'a' });
    stations.delete('b');
    expect(stations.get('a')).toBeUndefined();
    stations.patch('a', { name: 'x' });
  }, typed);
  expect(edits.map(({ operation, key }) => [operation, key])).toEqual([
    ['put', 'a'],
    ['delete', 'b'],
    ['patch', 'a'],
  ]);
});

test('end with the body: nothing is taken behind it, nor of one that waits', async () => {
  let table: TransactionTable<typeof StationSchema> | undefined;
  gatheredEdits((scope) => {
    table = scope.table(StationSchema);
  }, typed);
  expect(() => table!.delete('a')).toThrow(/must not wait/);
  const thrown = () =>
    gatheredEdits((scope) => {
      table = scope.table(StationSchema);
      throw new Error('no');
    }, typed);
  expect(thrown).toThrow('no');
  expect(() => table!.delete('a')).toThrow(/must not wait/);
  const failing = async () => {
    throw new Error('later');
  };
  expect(() => gatheredEdits(failing, typed)).toThrow(
    expect.objectContaining({ code: 3, reason: 'ASYNC_TRANSACTION' }),
  );
});
