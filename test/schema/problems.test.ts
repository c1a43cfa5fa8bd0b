import { expect, test } from 'vitest';
import { RecordSchema, Site_VisitSchema } from '../../gen/es/test/v1/shapes_pb.ts';
import { SchemaProblems } from '../../src/schema/problems.ts';
import { syncErrorOf } from '../support/schema-errors.ts';

test('no problem raises nothing', () => {
  expect(() => new SchemaProblems().throwIfAny()).not.toThrow();
});

test('one problem is its own message', () => {
  const problems = new SchemaProblems();
  problems.add(RecordSchema, 'NO_KEY', 'has no key');
  const error = syncErrorOf(() => problems.throwIfAny());
  expect(error.message).toBe('test/v1/shapes.proto: Record: has no key (NO_KEY)');
  expect(error.reason).toBe('NO_KEY');
});

test('several are told together, each with its place and reason, under the reason of the first', () => {
  const problems = new SchemaProblems();
  problems.add(Site_VisitSchema.field.site!, 'UNKNOWN_REFERENCE', 'is wrong');
  problems.add(RecordSchema, 'NO_KEY', 'has no key');
  problems.addAt('schema', 'NO_TABLES', 'is empty');
  const error = syncErrorOf(() => problems.throwIfAny());
  expect(error.reason).toBe('UNKNOWN_REFERENCE');
  expect(error.metadata).toEqual({ reasons: 'UNKNOWN_REFERENCE,NO_KEY,NO_TABLES' });
  expect(error.fields).toEqual([
    { field: 'test/v1/shapes.proto: Site.Visit.site', description: 'is wrong' },
    { field: 'test/v1/shapes.proto: Record', description: 'has no key' },
    { field: 'schema', description: 'is empty' },
  ]);
  expect(error.message.split('\n')).toHaveLength(4);
});
