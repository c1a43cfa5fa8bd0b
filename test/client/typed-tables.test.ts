import { expect, test } from 'vitest';
import { StationSchema } from '../../gen/es/test/v1/inspection_pb.ts';
import { defaultLimits } from '../../src/base/limits.ts';
import { TypedTables } from '../../src/client/typed-tables.ts';
import { noLocalTables } from '../../src/replica/local-tables.ts';
import { testReplica } from '../session/support/hosts.ts';

test('a table that the schema does not have is named', () => {
  const tables = new TypedTables(testReplica('a'), noLocalTables(defaultLimits));
  expect(() => tables.of(StationSchema)).toThrow(
    expect.objectContaining({
      ...{ code: 5, reason: 'UNKNOWN_TABLE' },
      message: expect.stringContaining('test.v1.Station'),
    }),
  );
});
