import { createFileRegistry, type DescFile } from '@bufbuild/protobuf';
import { file_google_protobuf_timestamp } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { reflectedFiles } from '../../src/server/reflected-files.ts';
import { type MessageSpec, protoFile, setOf } from '../support/schema-builder.ts';

const table = (type: string): Record<string, MessageSpec> => ({
  T: { table: {}, fields: { 1: 'id: string', 2: `value: ${type}` } },
});

/** The files of a database by their names. */
function database(specs: Record<string, Record<string, MessageSpec>>): DescFile[] {
  const files = Object.entries(specs).map(([name, messages]) =>
    protoFile(messages, { name: `${name}.proto`, package: name }),
  );
  return [...createFileRegistry(setOf(...files)).files];
}

const teamNames = ({ files }: ReturnType<typeof reflectedFiles>) =>
  [...files.keys()].filter((name) => /^[a-z]\.proto$/.test(name));

describe('the files that reflection shows', () => {
  test('are those of all databases, with what they import', () => {
    const found = reflectedFiles(
      [],
      [database({ a: table('int32') }), database({ b: table('int32') })],
    );
    expect(found.ambiguous).toEqual([]);
    expect(teamNames(found)).toEqual(['a.proto', 'b.proto']);
    expect([...found.files.keys()]).toContain('syncdb/v1/options.proto');
  });

  test('are shared by databases that have the same', () => {
    const found = reflectedFiles(
      [],
      [database({ a: table('int32') }), database({ a: table('int32') })],
    );
    expect(found.ambiguous).toEqual([]);
    expect(teamNames(found)).toEqual(['a.proto']);
  });

  test('are shared whatever a compiler made of their comments and names for JSON', () => {
    const [plain, told] = [database({ a: table('int32') }), database({ a: table('int32') })];
    const { proto } = told.find(({ proto }) => proto.name === 'a.proto')!;
    proto.sourceCodeInfo = { $typeName: 'google.protobuf.SourceCodeInfo', location: [] };
    proto.messageType[0]!.field[0]!.jsonName = 'other';
    expect(reflectedFiles([], [plain, told]).ambiguous).toEqual([]);
  });

  test('are not those in which databases differ', () => {
    const found = reflectedFiles(
      [],
      [database({ a: table('int32'), b: table('int32') }), database({ a: table('string') })],
    );
    expect(found.ambiguous).toEqual(['a.proto']);
    expect(teamNames(found)).toEqual(['b.proto']);
  });

  test('are not two that have the same type', () => {
    const one = createFileRegistry(setOf(protoFile(table('int32'), { name: 'a.proto' }))).files;
    const other = createFileRegistry(setOf(protoFile(table('string'), { name: 'b.proto' }))).files;
    expect(reflectedFiles([], [[...one], [...other]]).ambiguous).toEqual(['a.proto', 'b.proto']);
  });

  test('are not those that import what is left out', () => {
    const importing = (type: string) => {
      const file = protoFile(
        { U: { fields: { 1: 'id: string' } } },
        { name: 'b.proto', package: 'b' },
      );
      file.dependency.push('a.proto');
      const a = protoFile(table(type), { name: 'a.proto', package: 'a' });
      return [...createFileRegistry(setOf(a, file)).files];
    };
    const found = reflectedFiles([], [importing('int32'), importing('string')]);
    expect(found.ambiguous).toEqual(['a.proto', 'b.proto']);
  });

  test('are SyncDB’s own wherever a database brings another', () => {
    const found = reflectedFiles(
      [file_google_protobuf_timestamp],
      [database({ a: table('int32') })],
    );
    expect(found.files.get('google/protobuf/timestamp.proto')).toBe(file_google_protobuf_timestamp);
    expect(found.ambiguous).toEqual([]);
  });
});
