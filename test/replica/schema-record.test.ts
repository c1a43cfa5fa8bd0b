import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/base/limits.ts';
import { stampOf } from '../../src/base/stamp.ts';
import { Home } from '../../src/replica/home.ts';
import { homeReplica, newestSchema } from '../../src/replica/schema-record.ts';
import { systemTables } from '../../src/replica/system-rows.ts';
import { fingerprintText } from '../../src/schema/fingerprint.ts';
import { createSchema } from '../../src/schema/schema.ts';
import type { Schema } from '../../src/schema/table-def.ts';
import { schemaSet } from '../support/schema-builder.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

const schemaOf = (type: string, version = 1, more: Record<number, string> = {}) =>
  createSchema(
    schemaSet({ T: { table: {}, fields: { 1: 'id: string', 2: `value: ${type}`, ...more } } }),
    { version },
  );
const numbers = schemaOf('int32');
const added = schemaOf('int32', 1, { 3: 'new: string' });

const homeOf = (schema: Schema) =>
  new Home({ schema, limits: defaultLimits, validate: () => undefined });

/** The records of a log that homes of these schemas have opened, one after the other. */
function logOf(...schemas: Schema[]): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (const [at, schema] of schemas.entries()) {
    const publication = replayed(schema, records).publish(at);
    if (publication !== undefined) records.push(publication);
  }
  return records;
}

function replayed(schema: Schema, records: readonly Uint8Array[]): Home {
  const home = homeOf(schema);
  for (const record of records) home.replay(record);
  return home;
}

describe('a publication', () => {
  test('is a commit of the home with the facts of the schema, in a scope that nobody asks for', () => {
    const home = homeOf(numbers);
    const record = home.publish(7);
    expect(newestSchema(home.state)).toBeUndefined();
    const { schemaVersion } = systemTables(numbers);
    const commit = home.durable();
    expect(commit).toMatchObject({
      seq: 1,
      atMs: 7,
      stamp: stampOf(7),
      replica: homeReplica,
      counter: 1,
    });
    expect(commit.effects.map(({ table, key }) => [table, key])).toEqual([[schemaVersion, '1']]);
    expect(home.state.rowState(schemaVersion, '1')?.scopes).toEqual(['$schema']);
    const published = {
      number: 1,
      version: 1,
      fingerprint: numbers.fingerprint,
      facts: fingerprintText(numbers.tables),
    };
    expect(newestSchema(home.state)).toEqual(published);
    expect(newestSchema(replayed(numbers, [record!]).state)).toEqual(published);
  });

  test('is made once, and anew for another version and for another schema of the same version', () => {
    expect(logOf(numbers, numbers)).toHaveLength(1);
    const later = { ...added, version: 2 };
    const records = logOf(numbers, added, added, later);
    expect(records).toHaveLength(3);
    expect(newestSchema(replayed(later, records).state)).toMatchObject({ number: 3, version: 2 });
  });

  test('is not made over commits that wait for the log', () => {
    const home = homeOf(numbers);
    home.publish(0);
    expect(() => home.publish(0)).toThrow('publish while commits are pending');
  });

  test('that the log did not take is made again', () => {
    const home = homeOf(numbers);
    const record = home.publish(5);
    home.abandon();
    expect(home.publish(5)).toEqual(record);
  });
});

describe('a log', () => {
  test('is read by every schema that adds to its newest', () => {
    expect(replayed(added, logOf(numbers)).state.head).toBe(1);
  });

  test('is read by no schema that changes one of its own', () => {
    const error = syncErrorOf(() => replayed(schemaOf('string'), logOf(numbers, added)));
    expect(error).toMatchObject({
      reason: 'SCHEMA_CHANGED',
      fields: [{ field: 't.T.value', description: 'field 2 was int32 and is string' }],
      metadata: { log_fingerprint: numbers.fingerprint, changes: '1' },
    });
  });

  test('is read by no schema that lacks what a later one added', () => {
    expect(syncErrorOf(() => replayed(numbers, logOf(numbers, added)))).toMatchObject({
      reason: 'SCHEMA_CHANGED',
      fields: [{ field: 't.T', description: 'field 3 is missing' }],
    });
  });

  test('is read by no older version', () => {
    expect(syncErrorOf(() => replayed(added, logOf(schemaOf('int32', 2))))).toMatchObject({
      reason: 'SCHEMA_OLDER',
      metadata: { log_version: '2', schema_version: '1' },
    });
  });
});
