/** Rows that were written in an older schema: a snapshot of them is read as replaying the log would read them. */
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/base/bytes.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import type { Change } from '../../src/change/transaction.ts';
import { prepareTransaction } from '../../src/merge/prepared.ts';
import { Home } from '../../src/replica/home.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { Schema } from '../../src/schema/table-def.ts';
import { describeWhole } from '../support/model-home.ts';
import { transaction } from '../support/model-schema.ts';
import { type MessageSpec, schemaSet } from '../support/schema-builder.ts';

const logId = new Uint8Array(16);
type Fields = MessageSpec['fields'];

const schemaOf = (fields: Fields, others: Record<string, MessageSpec> = {}): Schema =>
  createSchema(
    schemaSet({
      ...others,
      Task: { table: { scopes: ['site/{site}'] }, fields },
    }),
  );

const homeOf = (schema: Schema) =>
  new Home({ schema, limits: defaultLimits, validate: () => undefined });

/** A home that has published its schema, and its records. */
class Writing {
  readonly home: Home;
  readonly records: Uint8Array[] = [];
  private counter = 0;

  constructor(schema: Schema) {
    this.home = homeOf(schema);
    this.records.push(this.home.publish(1_000)!);
    this.home.durable();
  }

  write(
    operation: Change['operation'],
    key: string,
    row: readonly number[] = [],
    fields: number[] = [],
  ) {
    const { schema } = this.home;
    const out = new ByteWriter();
    out.varint(10);
    out.lengthText(key);
    out.bytes(Uint8Array.from(row));
    const change: Change = {
      operation,
      table: 't.Task',
      key,
      row: operation === 'delete' ? new Uint8Array(0) : out.finish(),
      fields,
      base: undefined,
      baseCounter: 0,
      ifMatch: '',
      ifNoneMatch: false,
      baseAbsent: false,
    };
    const ordered = transaction('ann', ++this.counter, [change]);
    const prepared = prepareTransaction(schema, defaultLimits, ordered, 'transaction');
    const may = () => true;
    const submission = { prepared, knowsOwnWrites: true, mayRead: may, mayWrite: may };
    const { outcome, record } = this.home.order(submission, 2_000);
    expect(outcome.status).toBe('committed');
    this.records.push(record!);
    this.home.durable();
  }

  /** A home of another schema that was made of the snapshot of this one, and one that was made of the log. */
  readBy(schema: Schema): [Home, Home] {
    const [loaded, replayed] = [homeOf(schema), homeOf(schema)];
    const load = loaded.load(logId);
    for (const block of this.home.gather(logId)) if (block !== undefined) load.add(block);
    loaded.loaded(load);
    for (const record of this.records) replayed.replay(record);
    return [loaded, replayed];
  }
}

const site = (letter: string) => [18, 1, letter.charCodeAt(0)];
const first: Fields = { 1: 'id: string', 2: 'site: string', 5: 'visits: int32' };

/** Rows with one entry, with several, deleted, and brought back and changed again. */
function writeRows(writing: Writing): void {
  writing.write('put', 'a', [...site('x'), 40, 7]);
  writing.write('put', 'b', site('x'));
  writing.write('patch', 'b', [40, 3], [5]);
  writing.write('patch', 'b', site('y'), [2]);
  writing.write('put', 'c', site('z'));
  writing.write('delete', 'c');
  writing.write('put', 'd', site('z'));
  writing.write('delete', 'd');
  writing.write('put', 'd', site('x'));
  writing.write('patch', 'd', [40, 1], [5]);
}

describe('[I9] a snapshot of rows of an older schema', () => {
  const many = Object.fromEntries(
    Array.from({ length: 60 }, (_, at) => [10 + at, `more_${at}: string`] as const),
  );
  test.each<[string, Fields, Record<string, MessageSpec>]>([
    ['the same one', first, {}],
    ['columns between and behind the others', { ...first, 3: 'state: string', 9: 'n: int64' }, {}],
    ['so many columns that masks are longer', { ...first, ...many }, {}],
    ['a table before the others', first, { Area: { table: {}, fields: { 1: 'id: string' } } }],
  ])('is read as the log by one that has %s', (_, fields, others) => {
    const writing = new Writing(schemaOf(first));
    writeRows(writing);
    const [loaded, replayed] = writing.readBy(schemaOf(fields, others));
    expect(describeWhole(loaded.state)).toEqual(describeWhole(replayed.state));
    expect(loaded.publish(3_000)).toEqual(replayed.publish(3_000));
  });

  test('is refused by one that lacks what it has', () => {
    const writing = new Writing(schemaOf(first));
    expect(() => writing.readBy(schemaOf({ 1: 'id: string', 2: 'site: string' }))).toThrow(
      'field 5 is missing',
    );
  });

  /** A message within the row, whose field 2 is unknown at first. */
  const place: Record<string, MessageSpec> = { Place: { fields: { 1: 'name: string' } } };
  const nested: Fields = { ...first, 6: { name: 'place', type: 't.Place' } };

  test('keeps nested fields that came to be known', () => {
    const writing = new Writing(schemaOf(nested, place));
    writing.write('put', 'a', [50, 5, 10, 1, 65, 16, 9]);
    const now = schemaOf(nested, { Place: { fields: { 1: 'name: string', 2: 'floor: int32' } } });
    const [loaded, replayed] = writing.readBy(now);
    expect(describeWhole(loaded.state)).toEqual(describeWhole(replayed.state));
  });

  test('is refused, with the table, where nested bytes are no such field', () => {
    const writing = new Writing(schemaOf(nested, place));
    writing.write('put', 'a', [50, 5, 10, 1, 65, 16, 9]);
    const now = schemaOf(nested, { Place: { fields: { 1: 'name: string', 2: 'floor: string' } } });
    expect(() => writing.readBy(now)).toThrow(/a row of t\.Task does not fit the schema/);
  });
});
