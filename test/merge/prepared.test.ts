import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { Code } from '../../src/base/errors.ts';
import { defaultLimits, type Limits } from '../../src/base/limits.ts';
import { maskIndexes } from '../../src/base/mask.ts';
import { type Change, encodeTransaction, type Transaction } from '../../src/change/transaction.ts';
import { checkReplicaId, prepareTransaction } from '../../src/merge/prepared.ts';
import {
  cellsOf,
  itemTable,
  meterTable,
  modelSchema,
  patch,
  put,
  remove,
  rowBytes,
  transaction,
} from '../support/model-schema.ts';
import { refusalOf, syncErrorOf } from '../support/schema-errors.ts';

function prepare(
  changes: readonly Change[],
  rest: Partial<Transaction> = {},
  limits: Limits = defaultLimits,
) {
  return prepareTransaction(modelSchema, limits, transaction('ann', 1, changes, rest), 'tx');
}

/** The columns that the one change sets or clears, by name. */
function columnsOf(change: Change): string[] {
  const { mask, table } = prepare([change]).changes[0]!;
  return maskIndexes(mask).map((index) => table.columns[index]!.name);
}

const refused = (...args: Parameters<typeof prepare>) => refusalOf(() => prepare(...args));
const field = (name: string, reason: string) => ({ reason, fields: [name] });

const itemColumns = itemTable.columns.map(({ name }) => name).filter((name) => name !== 'id');

describe('a prepared change', () => {
  test('has its table, its key and its cells', () => {
    const change = put(itemTable, 'i', { id: 'i', notes: 'n' }, { base: 7, baseCounter: 3 });
    expect(prepare([change]).changes).toEqual([
      {
        operation: 'put',
        table: itemTable,
        key: 'i',
        mask: expect.anything(),
        cells: cellsOf(itemTable, { id: 'i', notes: 'n' }),
        base: 7,
        baseAbsent: false,
        baseCounter: 3,
        ifMatch: '',
        ifNoneMatch: false,
      },
    ]);
  });

  test('of a put sets all but the key', () => {
    expect(columnsOf(put(itemTable, 'i', {}))).toEqual(itemColumns);
  });

  test('of a patch sets or clears the fields that it names', () => {
    expect(columnsOf(patch(itemTable, 'i', { notes: 'n', due: null }))).toEqual(['notes', 'due']);
  });

  test('of a patch that names none sets those that its row has', () => {
    const row = rowBytes(itemTable, { id: 'i', notes: 'n', due: '' });
    expect(columnsOf({ ...patch(itemTable, 'i', {}), row })).toEqual(['notes', 'due']);
  });

  test('never changes the key', () => {
    expect(columnsOf(patch(itemTable, 'i', { id: 'i', notes: 'n' }))).toEqual(['notes']);
  });

  test('that sets a member of a oneof clears the others; one that clears it does not', () => {
    expect(columnsOf(patch(itemTable, 'i', { number_choice: 1 }))).toEqual([
      'text_choice',
      'number_choice',
    ]);
    expect(columnsOf(patch(itemTable, 'i', { number_choice: null }))).toEqual(['number_choice']);
  });

  test('is not about fields that its row has but that it does not name', () => {
    const row = rowBytes(itemTable, { notes: 'n', text_choice: 't' });
    const change = { ...patch(itemTable, 'i', { notes: 'n' }), row };
    expect(columnsOf(change)).toEqual(['notes']);
  });

  test('of a delete has neither fields nor cells', () => {
    expect(prepare([remove(itemTable, 'i')]).changes[0]).toMatchObject({ key: 'i', cells: [] });
    expect(columnsOf(remove(itemTable, 'i'))).toEqual([]);
  });

  test.each([
    ['from the change', put(itemTable, 'i', {}), 'i', 'i'],
    ['from the row', put(itemTable, '', { id: 'i' }), 'i', 'i'],
    ['from both', put(itemTable, 'i', { id: 'i' }), 'i', 'i'],
    ['from a number', put(meterTable, '-7', {}), '-7', -7n],
    ['from a number in the row', patch(meterTable, '', { number: 7n, site: 's' }), '7', 7n],
    ['from a number that is 0', put(meterTable, '', {}), '0', 0n],
  ])('has its key %s', (_what, change, key, cell) => {
    const { key: found, cells, table } = prepare([change]).changes[0]!;
    expect([found, cells[table.key]]).toEqual([key, cell]);
  });
});

describe('what can be wrong without looking at the state names its field', () => {
  const good = [put(itemTable, 'i', {})];

  test.each([
    ['a replica id with a space', { replica: 'a b' }, 'tx.replica_id', 'BAD_REPLICA_ID'],
    ['no counter', { counter: 0 }, 'tx.counter', 'BAD_COUNTER'],
    ['half a counter', { counter: 1.5 }, 'tx.counter', 'BAD_COUNTER'],
    ['a counter beyond all', { counter: 2 ** 53 }, 'tx.counter', 'BAD_COUNTER'],
    ['a stamp before 1970', { stamp: -1 }, 'tx.stamp', 'BAD_STAMP'],
    ['a stamp that is no number', { stamp: Number.NaN }, 'tx.stamp', 'BAD_STAMP'],
    ['half a digest', { previousDigest: new Uint8Array(8) }, 'tx.previous_digest', 'BAD_DIGEST'],
    ['another schema version', { schemaVersion: 2 }, 'tx.schema_version', 'SCHEMA_MISMATCH'],
  ])('%s', (_what, rest, name, reason) => {
    expect(refused(good, rest)).toEqual(field(name, reason));
  });

  test('the schema’s own version and a whole digest are fine', () => {
    expect(
      prepare(good, { schemaVersion: 1, previousDigest: new Uint8Array(16) }).changes,
    ).toHaveLength(1);
  });

  test.each([
    ['a table of SyncDB’s own', { table: 'syncdb.v1.Writer' }, 'table', 'SYSTEM_TABLE'],
    [
      'an unknown field number',
      { operation: 'patch', fields: [3, 99] },
      'fields[1]',
      'UNKNOWN_FIELD',
    ],
    [
      'a key that the row has otherwise',
      { row: rowBytes(itemTable, { id: 'j' }) },
      'key',
      'KEY_MISMATCH',
    ],
    ['no key at all', { key: '' }, 'row.id', 'BAD_KEY'],
    ['a key that is too long', { key: 'k'.repeat(513) }, 'key', 'BAD_KEY'],
    ['an empty key in the row', { row: Uint8Array.of(0x0a, 0) }, 'row.id', 'BAD_KEY'],
    ['a delete without a key', { operation: 'delete', key: '' }, 'key', 'BAD_KEY'],
    [
      'a row with an unknown field',
      { row: Uint8Array.of(0x98, 0x06, 1) },
      'row.99',
      'UNKNOWN_FIELD',
    ],
    ['a row that is no protobuf', { row: Uint8Array.of(0) }, 'row', 'MALFORMED_ROW'],
    ['a field of the wrong type', { row: Uint8Array.of(0x22, 0) }, 'row.count', 'WRONG_WIRE_TYPE'],
  ] as const)('%s', (_what, rest, name, reason) => {
    const change = { ...put(itemTable, 'i', {}), ...rest };
    expect(refused([good[0]!, change])).toEqual(field(`tx.changes[1].${name}`, reason));
  });

  test('a key that is no number', () => {
    expect(refused([remove(meterTable, '07')])).toEqual(field('tx.changes[0].key', 'BAD_KEY'));
  });

  test('an unknown table, which is NOT_FOUND', () => {
    const change = { ...remove(itemTable, 'i'), table: 't.None' };
    expect(syncErrorOf(() => prepare([change]))).toMatchObject({
      code: Code.notFound,
      reason: 'UNKNOWN_TABLE',
      fields: [{ field: 'tx.changes[0].table' }],
      metadata: { table: 't.None' },
    });
  });

  test('and says so in its message', () => {
    expect(syncErrorOf(() => prepare([remove(meterTable, 'x')])).message).toMatch(
      /^tx\.changes\[0\]\.key: is the key/,
    );
  });

  test('but an error that is none of ours goes through as it is', () => {
    const row = new Proxy(new Uint8Array(0), {
      get: (_target, name) => {
        if (name === 'length') return 3;
        throw new RangeError('not a row');
      },
    });
    expect(() => prepare([{ ...put(itemTable, 'i', {}), row }])).toThrow(RangeError);
  });
});

describe('limits hold at their edge', () => {
  test('of changes', () => {
    const limits = { ...defaultLimits, transactionChangesMax: 2 };
    const three = ['i', 'j', 'k'].map((key) => remove(itemTable, key));
    expect(prepare(three.slice(0, 2), {}, limits).changes).toHaveLength(2);
    expect(refused(three, {}, limits)).toEqual(field('tx.changes', 'TOO_MANY_CHANGES'));
    expect(refused([])).toEqual(field('tx.changes', 'NO_CHANGES'));
  });

  test('of the bytes of a row', () => {
    const change = put(itemTable, 'i', { notes: 'n'.repeat(100) });
    const { length } = change.row;
    expect(prepare([change], {}, { ...defaultLimits, rowBytesMax: length }).changes).toHaveLength(
      1,
    );
    expect(refused([change], {}, { ...defaultLimits, rowBytesMax: length - 1 })).toEqual(
      field('tx.changes[0].row', 'ROW_TOO_LARGE'),
    );
  });

  test('of the bytes of a transaction, in its canonical encoding', () => {
    const texts = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(fc.array(texts, { minLength: 1, maxLength: 5 }), (notes) => {
        const changes = notes.map((text, at) =>
          patch(
            itemTable,
            `k${at}`,
            { notes: text, title: text },
            { base: 2 ** 50, ifMatch: 'v1' },
          ),
        );
        const out = new ByteWriter();
        encodeTransaction(transaction('ann', 1, changes), out);
        const within = { ...defaultLimits, transactionBytesMax: out.length };
        expect(prepare(changes, {}, within).changes).toHaveLength(notes.length);
        const beyond = { ...defaultLimits, transactionBytesMax: out.length - 1 };
        expect(refused(changes, {}, beyond)).toEqual(field('tx', 'TRANSACTION_TOO_LARGE'));
      }),
    );
  });
});

test.each([
  ['a', true],
  ['A-z_0.9', true],
  ['r'.repeat(64), true],
  ['', false],
  ['r'.repeat(65), false],
  ['a/b', false],
  ['$a', false],
  ['é', false],
])('%j names a replica: %s', (id, fits) => {
  const check = () => checkReplicaId(id, 'hello.replica_id');
  if (fits) check();
  else expect(refusalOf(check)).toEqual(field('hello.replica_id', 'BAD_REPLICA_ID'));
});
