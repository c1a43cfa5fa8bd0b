import { createRegistry } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { file_test_v1_shapes } from '../../gen/es/test/v1/shapes_pb.ts';
import { Row } from '../../gen/ts/syncdb/v1/data.ts';
import { stampOf } from '../../src/base/stamp.ts';
import { etagOf } from '../../src/merge/etag.ts';
import { rowToWire } from '../../src/wire/rows.ts';
import { readByOther } from './support/reflection.ts';

test('[P5] a row is readable by any tool, with its bookkeeping', () => {
  const message = rowToWire({
    table: 'test.v1.Site',
    key: 'HAM',
    version: 42,
    stamp: stampOf(1_700_000_000_123, 7),
    writer: 'phone-1',
    row: Uint8Array.from(Buffer.from('0a0748616d627572671a0348414d', 'hex')),
  });
  const types = createRegistry(file_test_v1_shapes);
  expect(readByOther('Row', Row.encode(message).finish(), types)).toEqual({
    table: 'test.v1.Site',
    key: 'HAM',
    row: { '@type': 'type.googleapis.com/test.v1.Site', name: 'Hamburg', code: 'HAM' },
    rowVersion: '42',
    etag: etagOf(42),
    modifiedAt: '2023-11-14T22:13:20.123Z',
    modifiedBy: 'phone-1',
  });
});
