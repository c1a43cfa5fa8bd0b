import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileProtos } from '../compile-protos.ts';
import { protoFindings } from './proto-rules.ts';

const options = `
option csharp_namespace = "A.V1";
option go_package = "a/v1;av1";
option java_multiple_files = true;
option java_package = "a.v1";
option objc_class_prefix = "A";
option swift_prefix = "A";`;

test('a proto that keeps the rules has no findings', () => {
  const text = `syntax = "proto3"; package a.v1; ${options}
    // A row.
    message Row {
      // The key.
      string id = 1;
      optional string note = 2; // What is said.
      // Counts by name.
      map<string, int32> counts = 3;
      // One of two.
      oneof content {
        // This.
        string this_one = 4;
      }
    }
    // A kind.
    enum Kind {
      // Nothing said.
      KIND_UNSPECIFIED = 0;
    }
    // A service.
    service RowService {
      // Gets.
      rpc Get(Row) returns (Row);
    }`;
  expect(findingsOf(text)).toEqual([]);
});

test('options that a generator needs must be set', () => {
  expect(findingsOf('syntax = "proto3"; package a.v1;')).toEqual(
    ['go_package', 'java_package', 'java_multiple_files', 'swift_prefix', 'objc_class_prefix']
      .concat('csharp_namespace')
      .map((name) => `a.proto: the option ${name} is not set`),
  );
});

test('every element must have a comment', () => {
  const text = `syntax = "proto3"; package a.v1; ${options}
    import "google/protobuf/descriptor.proto";
    extend google.protobuf.FieldOptions { string mark = 50000; }
    message Row { string id = 1; oneof content { string other = 2; } message Inner { bool deep = 1; } }
    enum Kind { KIND_UNSPECIFIED = 0; }
    service RowService { rpc Get(Row) returns (Row); }`;
  expect(findingsOf(text)).toEqual(
    [
      ...['message Row', 'field Row.id', 'field Row.other', 'oneof Row.content'],
      ...[
        'message Row.Inner',
        'field Row.Inner.deep',
        'enum Kind',
        'enum value Kind.KIND_UNSPECIFIED',
      ],
      ...['service RowService', 'rpc RowService.Get', 'field mark'],
    ].map((what) => `a.proto: ${what} has no comment`),
  );
});

test('names must not clash with words and members of the languages', () => {
  const text = `syntax = "proto3"; package a.v1; ${options}
    // A
    message Error {
      string default = 1; // Java
      string object = 2; // Kotlin
      string protocol = 3; // Swift
      string hash_code = 4; // Dart
      string constructor = 5; // TypeScript
      string proto_reflect = 6; // Go
    }`;
  const clashes = ['message Error', 'field Error.default', 'field Error.object']
    .concat('field Error.protocol', 'field Error.hash_code', 'field Error.constructor')
    .concat('field Error.proto_reflect');
  expect(findingsOf(text)).toEqual(
    clashes.map((what) => `a.proto: ${what} clashes with a word of some language`),
  );
});

test('the zero of an enum must be named as such, nested enums too', () => {
  const text = `syntax = "proto3"; package a.v1; ${options}
    // A
    message Row {
      // B
      enum Kind {
        KIND_NONE = 0; // C
      }
    }`;
  expect(findingsOf(text)).toEqual(['a.proto: the zero of enum Kind is not named _UNSPECIFIED']);
});

function findingsOf(text: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'syncdb-proto-'));
  try {
    mkdirSync(join(folder, 'proto'));
    writeFileSync(join(folder, 'buf.yaml'), 'version: v2\nmodules:\n  - path: proto\n');
    writeFileSync(join(folder, 'proto', 'a.proto'), text);
    return compileProtos(folder, []).flatMap(protoFindings);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
